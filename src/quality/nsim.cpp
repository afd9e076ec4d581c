#include "quality/nsim.hpp"

#include "core/stop.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace chasqui::quality {
namespace {

constexpr std::size_t bands = gammatone_bands;
constexpr std::size_t columns = 3;
constexpr std::size_t padded = bands + 2;  // edge bands repeated on both sides

using Column = std::array<float, padded>;
using Means = std::array<float, bands>;

// The lowest level there can be, so that a window's score does not depend on what else is in the file (ViSQOL takes
// the lowest level found).
constexpr float zero_level = -45;
constexpr float span_below_peak = 45;

Column padded_column(const std::array<float, bands>& levels, float floor) {
  Column column;
  for (std::size_t band = 0; band < bands; ++band) column[band + 1] = std::max(levels[band], floor) - zero_level;
  column[0] = column[1];
  column[padded - 1] = column[padded - 2];
  return column;
}

struct Pair {
  Column reference;
  Column degraded;
};

// Both frames' levels above the common floor: 45 below the louder one's peak.
Pair column_pair(const std::array<float, bands>& reference, const std::array<float, bands>& degraded) {
  const float peak = std::max(*std::max_element(reference.begin(), reference.end()),
                              *std::max_element(degraded.begin(), degraded.end()));
  const float floor = peak - span_below_peak;
  return {padded_column(reference, floor), padded_column(degraded, floor)};
}

// 3 x 3 Gaussian of ViSQOL (sigma 0.5), as centre, edge and corner.
constexpr float centre_weight = 0.619485845753726F;
constexpr float edge_weight = 0.0838251475442633F;
constexpr float corner_weight = 0.0113033910173052F;

template <typename Value>
Means smooth(const std::array<Pair, columns>& around, Value value) {
  Column edges;
  Column middle;
  for (std::size_t i = 0; i < padded; ++i) {
    edges[i] = value(around[0], i) + value(around[2], i);
    middle[i] = value(around[1], i);
  }
  Means means;
  for (std::size_t i = 0; i < bands; ++i)
    means[i] = centre_weight * middle[i + 1] + edge_weight * (middle[i] + middle[i + 2] + edges[i + 1]) +
               corner_weight * (edges[i] + edges[i + 2]);
  return means;
}

// Hines & Harte, "Speech intelligibility prediction using a neurogram similarity index measure", Speech Communication
// 54 (2), 2012, with the constants of ViSQOL 3.
float frame_score(const std::array<Pair, columns>& around) {
  constexpr float c1 = 0.01F * 0.01F;
  constexpr float c3 = 0.03F * 0.03F / 2;
  const Means x = smooth(around, [](const Pair& p, std::size_t i) { return p.reference[i]; });
  const Means y = smooth(around, [](const Pair& p, std::size_t i) { return p.degraded[i]; });
  const Means xx = smooth(around, [](const Pair& p, std::size_t i) { return p.reference[i] * p.reference[i]; });
  const Means yy = smooth(around, [](const Pair& p, std::size_t i) { return p.degraded[i] * p.degraded[i]; });
  const Means xy = smooth(around, [](const Pair& p, std::size_t i) { return p.reference[i] * p.degraded[i]; });
  float total = 0;
  for (std::size_t i = 0; i < bands; ++i) {
    const float intensity = (2 * x[i] * y[i] + c1) / (x[i] * x[i] + y[i] * y[i] + c1);
    const float variance_x = std::max(0.0F, xx[i] - x[i] * x[i]);
    const float variance_y = std::max(0.0F, yy[i] - y[i] * y[i]);
    const float structure = (xy[i] - x[i] * y[i] + c3) / (std::sqrt(variance_x * variance_y) + c3);
    total += intensity * structure;
  }
  return total / static_cast<float>(bands);
}

}  // namespace

std::optional<double> NsimTrack::mean() const {
  double total = 0;
  std::size_t count = 0;
  for (std::size_t frame = 0; frame < frame_scores.size(); ++frame) {
    if (speech[frame] == 0) continue;
    total += static_cast<double>(frame_scores[frame]);
    ++count;
  }
  if (count == 0) return std::nullopt;
  return total / static_cast<double>(count);
}

float nsim_speech_power(std::span<const float> frame_power) {
  constexpr float range = 1e-4F;               // 40 dB
  constexpr float quietest_speech = 3.75e-9F;  // 80 dB below full scale; 0.375 is the mean square of the Hann window
  if (frame_power.empty()) return quietest_speech;
  std::vector<float> power(frame_power.begin(), frame_power.end());
  const auto loud = power.end() - 1 - static_cast<std::ptrdiff_t>(power.size() / 100);
  std::nth_element(power.begin(), loud, power.end());
  return std::max(*loud * range, quietest_speech);
}

NsimTrack nsim_track(const GammatoneSpectrogram& reference, const GammatoneSpectrogram& degraded, float speech_power,
                     const std::stop_token& stop) {
  const std::size_t frames = std::min(reference.levels.size(), degraded.levels.size());
  NsimTrack track;
  track.frame_scores.resize(frames);
  track.speech.resize(frames);
  if (frames == 0) return track;
  const auto pair_at = [&](std::size_t frame) {
    const std::size_t there = std::min(frame, frames - 1);
    return column_pair(reference.levels[there], degraded.levels[there]);
  };
  std::array<Pair, columns> around{pair_at(0), pair_at(0), pair_at(1)};  // edges are repeated
  for (std::size_t frame = 0; frame < frames; ++frame) {
    core::throw_if_stopped(stop);
    track.speech[frame] = reference.power[frame] > speech_power;
    track.frame_scores[frame] = frame_score(around);
    around = {around[1], around[2], pair_at(frame + 2)};
  }
  return track;
}

}  // namespace chasqui::quality
