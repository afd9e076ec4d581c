#include "compress/conditioning.hpp"

#include "compress/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>
#include <thread>

namespace chasqui::compress {

bool is_searched(const CompressOptions& options) noexcept {
  return options.quality != 0 || options.budget_bytes != 0;
}

unsigned thread_count(const CompressOptions& options) {
  return options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
}

audio::DecoderOptions decoder_options(const CompressOptions& options) {
  const auto from = [](double seconds) { return std::chrono::seconds(static_cast<std::int64_t>(std::ceil(seconds))); };
  audio::DecoderOptions inner;
  inner.program = options.decoder_program;
  inner.longest = from(options.longest_hours * 3600);
  inner.stall = from(options.decoder_stall_seconds);
  inner.memory_bytes = options.decoder_memory_mib << 20;
  inner.stop = options.stop;
  return inner;
}

void check_conditioning(const CompressOptions& options) {
  if (!options.condition && (options.trim_pauses || options.denoise == Denoise::on))
    throw Failure(Errc::usage, fmt::format("no-condition excludes {}; leave one of them out",
                                           options.trim_pauses ? "trim-pauses" : "denoise on"));
}

audio::ConditionedEpisode condition(const std::filesystem::path& input, const CompressOptions& options,
                                    core::ThreadPool& pool, const audio::PieceLength& segment_length,
                                    const audio::SegmentListener& on_segment, const audio::SourceListener& on_source) {
  check_conditioning(options);
  audio::ConditionOptions inner;
  inner.decoder = decoder_options(options);
  inner.denoise = options.denoise;
  inner.trim_pauses = options.trim_pauses;
  inner.normalize = options.condition;
  inner.spool_folder = options.spool_folder;
  inner.segment_length = segment_length;
  inner.stop = options.stop;
  inner.on_segment = on_segment;
  inner.on_source = on_source;
  double declared_seconds = 0;
  inner.on_open = [&](const audio::MediaInfo& media) { declared_seconds = media.declared_seconds; };
  inner.on_progress = [&](double seconds) {
    // Without a declared length, or with one that lies, the bar waits at its end rather than running over.
    const double whole = std::max(declared_seconds, seconds);
    report_conditioning_progress(options, declared_seconds > 0 ? seconds / whole : 0, seconds);
  };
  try {
    return audio::condition(input, inner, pool);
  } catch (const Failure& failure) {
    const std::string_view message = failure.what();
    if (message.find(input.native()) != std::string_view::npos) throw;
    throw Failure(failure.code(), fmt::format("{}: {}", input.string(), message));
  }
}

}  // namespace chasqui::compress
