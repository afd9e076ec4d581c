#include "compress/mp3_output.hpp"

#include "audio/mp3_encoder.hpp"
#include "compress/progress.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::compress {

void write_mp3(const std::filesystem::path& input, const audio::ConditionedEpisode& episode,
               const CompressOptions& options, core::AtomicFile& file) {
  audio::Mp3Options mp3;
  mp3.bitrate_kbps = static_cast<int>(std::lround(options.bitrate_kbps));
  mp3.sample_rate_hz = mp3.bitrate_kbps <= 16 ? 16'000 : 24'000;
  mp3.tags = episode.media().tags;
  mp3.chapters = episode.media().chapters;
  std::int64_t at = 0;
  const auto source = [&](std::span<std::int16_t> block) {
    if (options.stop.stop_requested()) throw Failure(Errc::cancelled, input.string() + ": stopped on request");
    const auto count = std::min<std::int64_t>(std::ssize(block), episode.length() - at);
    const auto part = block.first(static_cast<std::size_t>(count));
    episode.read(at, part);
    at += count;
    report_encoding_progress(options, episode.length(), at);
    return part.size();
  };
  audio::encode_mp3(source, mp3, file);
}

}  // namespace chasqui::compress
