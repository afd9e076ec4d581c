#include "compress/stream_repair.hpp"

#include "compress/final_check.hpp"
#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace chasqui::compress {
namespace {

constexpr int most_rounds = 3;
constexpr double mos_per_octave = 1.5;
constexpr double margin_mos = 0.01;
constexpr double least_step = 0.04;  // octaves
constexpr double largest_step = 0.5;

std::vector<quality::WindowScore> hear(const audio::ConditionedEpisode& episode, const Judge& judge,
                                       core::ThreadPool& pool, std::span<const Found> found) {
  FinalCheck check(episode, judge, pool);
  for (const Found& one : found) check.hear(one.best.packets);
  return check.finish();
}

std::int64_t to_samples(double seconds) {
  return std::llround(seconds * core::sample_rate_hz);
}

/// Octaves to add to the parts of every segment; no parts for segments under which all is well.
std::vector<std::vector<double>> lacking(const audio::ConditionedEpisode& episode,
                                         const std::function<SearchOptions(const Found&)>& options_of,
                                         std::span<const quality::WindowScore> windows, std::span<const Found> found) {
  const auto& segments = episode.segments();
  std::vector<std::vector<double>> octaves(found.size());
  std::size_t first = 0;
  for (const auto& window : windows) {
    const std::int64_t begin = to_samples(window.begin_s);
    const std::int64_t end = to_samples(window.end_s);
    while (first + 1 < segments.size() && segments[first].end <= begin) ++first;
    if (!window.mos) continue;
    double target = 0;
    for (std::size_t i = first; i < segments.size() && segments[i].begin < end; ++i)
      target = std::max(target, options_of(found[i]).target_mos);
    if (*window.mos >= target) continue;
    const double step = std::clamp((target - *window.mos + margin_mos) / mos_per_octave, least_step, largest_step);
    for (std::size_t i = first; i < segments.size() && segments[i].begin < end; ++i) {
      auto& parts = octaves[i];
      parts.resize(found[i].best.kbps.size());
      for (std::size_t part = 0; part < parts.size(); ++part) {
        const std::int64_t part_begin = segments[i].begin + static_cast<std::int64_t>(part) * core::packet_grid;
        if (part_begin < end && part_begin + core::packet_grid > begin) parts[part] = std::max(parts[part], step);
      }
    }
  }
  return octaves;
}

/// Whether there was anything to raise.
bool raise(Found& found, std::span<const double> octaves, const SearchOptions& options,
           const std::function<Probe(const opus::EncoderSettings&, std::span<const float>)>& probe) {
  auto kbps = found.best.kbps;
  for (std::size_t part = 0; part < kbps.size(); ++part)
    kbps[part] = std::max(
        kbps[part],
        static_cast<float>(std::min(static_cast<double>(kbps[part]) * std::exp2(octaves[part]), options.highest_kbps)));
  if (kbps == found.best.kbps) return false;
  auto settings = found.best.settings;
  settings.bitrate_kbps = static_cast<double>(kbps.front());
  found.best = probe(settings, kbps);
  ++found.probes;
  return true;
}

}  // namespace

std::vector<quality::WindowScore> mend_stream(const audio::ConditionedEpisode& episode, const Judge& judge,
                                              core::ThreadPool& pool,
                                              const std::function<SearchOptions(const Found&)>& options_of,
                                              const std::stop_token& stop, std::span<Found> found) {
  for (int round = 0;; ++round) {
    auto windows = hear(episode, judge, pool, found);
    const auto octaves = lacking(episode, options_of, windows, found);
    core::OrderedTasks<bool> tasks(pool, 2 * std::size_t{pool.size()});
    bool any = false;
    for (std::size_t i = 0; round < most_rounds && i < found.size(); ++i) {
      if (octaves[i].empty()) continue;
      if (tasks.full()) any = tasks.take() || any;
      tasks.submit([&, i] {
        return raise(found[i], octaves[i], options_of(found[i]), [&](const auto& settings, const auto& kbps) {
          return SegmentProber(episode, i, judge, stop).probe(settings, found[i].onset, kbps);
        });
      });
    }
    while (!tasks.empty()) any = tasks.take() || any;
    if (any) continue;
    for (std::size_t i = 0; i < found.size(); ++i)
      if (!octaves[i].empty()) found[i].reached = false;
    return windows;
  }
}

}  // namespace chasqui::compress
