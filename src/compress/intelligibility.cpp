#include "compress/intelligibility.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace chasqui::compress {
namespace {

constexpr double share_below = 0.2;
constexpr double estoi_per_octave = 0.07;  // of bitrate, near 9 kb/s
constexpr double most_octaves = 1;
constexpr double largest_step = 0.5;  // octaves
constexpr double close_enough = 0.002;
constexpr int most_tries = 2;
constexpr double part_s = static_cast<double>(core::packet_grid) / core::sample_rate_hz;

/// Octaves to add to every part; empty when no window is below the floor.
std::vector<double> lacking(const Probe& probe, double floor) {
  std::vector<double> octaves(probe.kbps.size());
  bool any = false;
  for (const auto& window : probe.windows) {
    if (!window.estoi || *window.estoi >= floor - close_enough) continue;
    any = true;
    const double step = std::min((floor - *window.estoi) / estoi_per_octave, largest_step);
    for (auto part = static_cast<std::size_t>(window.begin_s / part_s);
         part < octaves.size() && static_cast<double>(part) * part_s < window.end_s; ++part)
      octaves[part] = std::max(octaves[part], step);
  }
  if (!any) octaves.clear();
  return octaves;
}

}  // namespace

std::optional<double> intelligibility_floor(std::span<const Found> found) {
  std::vector<double> scores;
  for (const auto& one : found)
    for (const auto& window : one.best.windows)
      if (window.estoi) scores.push_back(*window.estoi);
  if (scores.empty()) return std::nullopt;
  const auto at = scores.begin() + static_cast<std::ptrdiff_t>(share_below * static_cast<double>(scores.size() - 1));
  std::ranges::nth_element(scores, at);
  return *at;
}

bool falls_behind(const Found& found, double floor) {
  return !lacking(found.best, floor).empty();
}

void lift_to_floor(const SegmentProber& prober, Found& found, double floor, const SearchOptions& options) {
  const auto before = found.best.kbps;
  for (int tries = 0; tries < most_tries; ++tries) {
    const auto octaves = lacking(found.best, floor);
    if (octaves.empty()) return;
    auto kbps = found.best.kbps;
    for (std::size_t part = 0; part < kbps.size(); ++part)
      kbps[part] = static_cast<float>(std::min({static_cast<double>(kbps[part]) * std::exp2(octaves[part]),
                                                static_cast<double>(before[part]) * std::exp2(most_octaves),
                                                std::max(options.highest_kbps, static_cast<double>(before[part]))}));
    if (kbps == found.best.kbps) return;
    auto settings = found.best.settings;
    settings.bitrate_kbps = static_cast<double>(kbps.front());
    Probe probe = prober.probe(settings, found.onset, kbps);
    ++found.probes;
    const auto mos = quality::summarise_mos(probe.windows);
    if (found.reached && mos.count > 0 && mos.worst < options.target_mos) return;
    found.best = std::move(probe);
  }
}

}  // namespace chasqui::compress
