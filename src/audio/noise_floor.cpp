#include "audio/noise_floor.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace chasqui::audio {
namespace {

constexpr std::size_t frame_samples = 960;  // 20 ms
constexpr double silent_db = -100;

double percentile(std::vector<double>& values, double share) {
  const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, values.begin() + rank);
  return values[static_cast<std::size_t>(rank)];
}

}  // namespace

LevelStats measure_levels(std::span<const float> mono) {
  std::vector<double> levels;
  levels.reserve(mono.size() / frame_samples + 1);
  std::size_t frames = 0;
  for (std::size_t at = 0; at < mono.size(); at += frame_samples, ++frames) {
    const auto frame = mono.subspan(at, std::min(frame_samples, mono.size() - at));
    float energy = 0;
    for (const float sample : frame) energy += sample * sample;
    const double level = 10 * std::log10(static_cast<double>(energy) / static_cast<double>(frame.size()) + 1e-20);
    if (level > silent_db) levels.push_back(level);
  }
  LevelStats stats;
  if (levels.empty()) return stats;
  stats.quiet_share = 1 - static_cast<double>(levels.size()) / static_cast<double>(frames);
  stats.floor_db = percentile(levels, 0.05);
  stats.voice_db = percentile(levels, 0.9);
  return stats;
}

bool DenoiseDecision::decide(std::span<const PieceLevels> around) {
  std::vector<double> snrs;
  double musical = 0;
  for (const PieceLevels& piece : around) {
    if (piece.levels.quiet_share >= 1) continue;
    snrs.push_back(piece.levels.snr_db());
    musical += piece.musical ? 1 : 0;
  }
  if (snrs.empty()) return on_;
  musical /= static_cast<double>(snrs.size());
  on_ = percentile(snrs, 0.5) < (on_ ? off_above_db : on_below_db) &&
        musical < (on_ ? off_above_musical_share : on_below_musical_share);
  return on_;
}

}  // namespace chasqui::audio
