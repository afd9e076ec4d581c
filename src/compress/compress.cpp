#include "compress/conditioning.hpp"
#include "compress/episode_encoder.hpp"
#include "compress/episode_writer.hpp"
#include "compress/mp3_output.hpp"
#include "compress/report.hpp"
#include "core/atomic_file.hpp"
#include "core/pcm.hpp"
#include "core/sha256.hpp"
#include "core/thread_pool.hpp"
#include "opus/comments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chasqui/compress.hpp>
#include <system_error>

namespace chasqui {
namespace {

namespace fs = std::filesystem;
using compress::SegmentOutcome;

void check(const fs::path& input, const fs::path& output, const CompressOptions& options) {
  if (options.format == Format::mp3) {
    if (options.bitrate_kbps != 16 && options.bitrate_kbps != 24 && options.bitrate_kbps != 32)
      throw Failure(Errc::usage, fmt::format("bitrate {} kb/s: mp3 takes 16, 24 or 32", options.bitrate_kbps));
  } else if (!(options.bitrate_kbps >= 5 && options.bitrate_kbps <= 64)) {
    throw Failure(Errc::usage, fmt::format("bitrate {} kb/s: must be from 5 to 64", options.bitrate_kbps));
  }
  if (options.quality != 0) {
    if (!(options.quality >= 1.5 && options.quality <= 4.2))
      throw Failure(Errc::usage, fmt::format("quality {}: must be from 1.5 to 4.2", options.quality));
    if (options.format != Format::opus && options.format != Format::webm)
      throw Failure(Errc::usage, fmt::format("quality: {} has a constant bitrate; take opus or webm, or give a bitrate",
                                             name(options.format)));
  }
  std::error_code ignored;
  const auto status = fs::status(input, ignored);
  if (fs::is_fifo(status) || fs::is_socket(status) || fs::is_character_file(status))
    throw Failure(
        Errc::input_unreadable,
        fmt::format("{}: is not a file that can be read twice; save the sound to one and name that", input.string()));
  if (fs::equivalent(input, output, ignored))
    throw Failure(Errc::usage, fmt::format("{}: the output would overwrite the input; name another", input.string()));
}

std::vector<SegmentOutcome> encode(const audio::ConditionedEpisode& episode, const CompressOptions& options,
                                   core::ThreadPool& pool, compress::EpisodeWriter& writer) {
  std::vector<SegmentOutcome> outcomes;
  compress::encode_episode(episode, options, pool, [&](const compress::EncodedSegment& segment) {
    auto& outcome = outcomes.emplace_back(segment.settings, 0, segment.judged);
    for (const auto& packet : segment.packets) outcome.bytes += static_cast<std::int64_t>(packet.bytes.size());
    writer.write(segment.packets);
  });
  writer.finish(episode.length());
  return outcomes;
}

compress::FileFacts facts(const fs::path& path) {
  return {opus::to_utf8(path.filename().native()), fs::file_size(path), core::sha256_of_file(path)};
}

std::uint32_t stream_id(const compress::FileFacts& input) {
  return static_cast<std::uint32_t>(std::stoul(input.sha256.substr(0, 8), nullptr, 16));
}

}  // namespace

CompressResult compress_file(const fs::path& input, const fs::path& output, const CompressOptions& options) {
  check(input, output, options);
  core::AtomicFile file(output);
  core::ThreadPool pool(compress::thread_count(options));
  auto reading = pool.submit([&input] { return facts(input); });
  const auto episode = compress::condition(input, options, pool);
  const auto input_facts = reading.get();

  std::vector<SegmentOutcome> outcomes;
  if (options.format == Format::mp3) {
    compress::write_mp3(input, episode, options, file);
  } else {
    const auto writer = compress::make_episode_writer(options, episode.media(), stream_id(input_facts), file);
    try {
      outcomes = encode(episode, options, pool, *writer);
    } catch (const Failure& failure) {
      if (failure.code() != Errc::cancelled) throw;
      throw Failure(Errc::cancelled, input.string() + ": stopped on request");
    }
  }
  file.commit();

  const auto output_facts = facts(output);
  CompressResult result;
  result.seconds = static_cast<double>(episode.length()) / core::sample_rate_hz;
  result.input_bytes = input_facts.bytes;
  result.output_bytes = output_facts.bytes;
  result.bitrate_kbps = static_cast<double>(output_facts.bytes) * 8e-3 / result.seconds;
  result.segments = outcomes.size();
  result.segments_below_quality = static_cast<std::size_t>(std::ranges::count_if(
      outcomes, [](const SegmentOutcome& outcome) { return outcome.judged && !outcome.judged->reached; }));
  result.report_json = compress::report_json(input_facts, output_facts, options, episode, outcomes);
  return result;
}

const char* name(Format format) noexcept {
  switch (format) {
    case Format::opus:
      return "opus";
    case Format::webm:
      return "webm";
    case Format::caf:
      return "caf";
    case Format::mp3:
      return "mp3";
  }
  return "";
}

const char* name(Denoise denoise) noexcept {
  switch (denoise) {
    case Denoise::automatic:
      return "auto";
    case Denoise::on:
      return "on";
    case Denoise::off:
      return "off";
  }
  return "";
}

const char* version() noexcept {
  return CHASQUI_VERSION;
}

}  // namespace chasqui
