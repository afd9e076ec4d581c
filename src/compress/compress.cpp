#include "compress/conditioning.hpp"
#include "compress/episode_writer.hpp"
#include "compress/fixed_plan.hpp"
#include "compress/report.hpp"
#include "compress/segment_encoder.hpp"
#include "core/atomic_file.hpp"
#include "core/pcm.hpp"
#include "core/sha256.hpp"
#include "core/thread_pool.hpp"

#include <fmt/format.h>

#include <chasqui/compress.hpp>
#include <system_error>

namespace chasqui {
namespace {

namespace fs = std::filesystem;
using compress::SegmentOutcome;

/// Shares of the progress bar, about as the time goes.
constexpr double conditioning_share = 0.4;

void check(const fs::path& input, const fs::path& output, const CompressOptions& options) {
  if (options.format == Format::mp3) {
    if (options.bitrate_kbps != 16 && options.bitrate_kbps != 24 && options.bitrate_kbps != 32)
      throw Failure(Errc::usage, fmt::format("bitrate {} kb/s: mp3 takes 16, 24 or 32", options.bitrate_kbps));
  } else if (!(options.bitrate_kbps >= 5 && options.bitrate_kbps <= 64)) {
    throw Failure(Errc::usage, fmt::format("bitrate {} kb/s: must be from 5 to 64", options.bitrate_kbps));
  }
  std::error_code ignored;
  if (fs::equivalent(input, output, ignored))
    throw Failure(Errc::usage, fmt::format("{}: the output would overwrite the input; name another", input.string()));
}

/// Encodes all segments in parallel and writes them in order.
std::vector<SegmentOutcome> encode(const audio::ConditionedEpisode& episode, const CompressOptions& options,
                                   core::ThreadPool& pool, compress::EpisodeWriter& writer) {
  const auto plan = compress::fixed_plan(episode.segments(), options.bitrate_kbps, options.format == Format::caf);
  std::vector<SegmentOutcome> outcomes;
  core::OrderedTasks<std::vector<opus::Packet>> tasks(pool, 4 * std::size_t{pool.size()});
  const auto take = [&] {
    const auto packets = tasks.take();
    auto& outcome = outcomes.emplace_back(plan[outcomes.size()], 0);
    for (const auto& packet : packets) outcome.bytes += static_cast<std::int64_t>(packet.bytes.size());
    writer.write(packets);
    if (!options.on_progress) return;
    const double done = static_cast<double>(outcomes.size()) / static_cast<double>(plan.size());
    options.on_progress({conditioning_share + (1 - conditioning_share) * done,
                         static_cast<double>(episode.segments()[outcomes.size() - 1].end) / core::sample_rate_hz});
  };
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (options.stop.stop_requested()) throw Failure(Errc::cancelled, "stopped; nothing was written");
    if (tasks.full()) take();
    tasks.submit([&episode, &plan, i] { return compress::encode_segment(episode, i, plan[i]); });
  }
  while (!tasks.empty()) take();
  writer.finish(episode.length());
  return outcomes;
}

compress::FileFacts facts(const fs::path& path) {
  return {path.filename().string(), fs::file_size(path), core::sha256_of_file(path)};
}

std::uint32_t stream_id(const compress::FileFacts& input) {
  return static_cast<std::uint32_t>(std::stoul(input.sha256.substr(0, 8), nullptr, 16));
}

CompressOptions with_scaled_progress(const CompressOptions& options) {
  CompressOptions scaled = options;
  if (options.on_progress) {
    scaled.on_progress = [&options](const Progress& progress) {
      options.on_progress({progress.fraction * conditioning_share, progress.seconds_of_sound});
    };
  }
  return scaled;
}

}  // namespace

CompressResult compress_file(const fs::path& input, const fs::path& output, const CompressOptions& options) {
  check(input, output, options);
  core::AtomicFile file(output);
  core::ThreadPool pool(compress::thread_count(options));
  const auto episode = compress::condition(input, with_scaled_progress(options), pool);
  const auto input_facts = facts(input);

  std::vector<SegmentOutcome> outcomes;
  if (options.format == Format::mp3) {
    throw Failure(Errc::unavailable, "mp3");
  } else {
    const auto writer = compress::make_episode_writer(options, episode.media(), stream_id(input_facts), file);
    outcomes = encode(episode, options, pool, *writer);
  }
  file.commit();

  const auto output_facts = facts(output);
  CompressResult result;
  result.seconds = static_cast<double>(episode.length()) / core::sample_rate_hz;
  result.input_bytes = input_facts.bytes;
  result.output_bytes = output_facts.bytes;
  result.bitrate_kbps = static_cast<double>(output_facts.bytes) * 8e-3 / result.seconds;
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
