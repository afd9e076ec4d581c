#include "compress/episode_plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace chasqui::compress {
namespace {

using opus::Bandwidth;
using opus::Mode;

struct Candidate {
  Bandwidth bandwidth;
  Mode mode;
  double blind_kbps;  // to begin with where nothing is known
};
constexpr std::array candidates{Candidate{Bandwidth::narrow, Mode::silk, 8},
                                Candidate{Bandwidth::medium, Mode::silk, 9}, Candidate{Bandwidth::wide, Mode::silk, 11},
                                Candidate{Bandwidth::wide, Mode::celt, 11}};

constexpr double margin_mos = 0.02;

/// What a change of bitrate did to windows' MOS, from what the curve of their segment said: curves flatten where they
/// are least sure.
double expected_slope(double curve_mos_per_octave) {
  return 1.1 + 0.4 * std::clamp(curve_mos_per_octave, 0.0, 4.0);
}

Guess guess(const model::Curve& curve, double target_mos) {
  const double kbps = curve.kbps_for(target_mos + margin_mos);
  return {kbps, expected_slope(curve.mos_per_octave(kbps))};
}

std::vector<Guess> guesses(std::span<const model::Curve> curves, double target_mos) {
  std::vector<Guess> all;
  all.reserve(curves.size());
  for (const auto& curve : curves) all.push_back(guess(curve, target_mos));
  return all;
}

/// Expected kb/s times samples. What is not expected to reach the target costs as if each MOS that it lacks were an
/// octave more.
double cost(std::span<const model::Curve> curves, std::span<const audio::Segment> segments, double target_mos) {
  double sum = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto expected = curves[i].at(curves[i].kbps_for(target_mos));
    const double lacking = std::max(target_mos - expected.worst_mos, 0.0);
    sum += expected.actual_kbps * std::exp2(lacking) * static_cast<double>(segments[i].end - segments[i].begin);
  }
  return sum;
}

}  // namespace

EpisodePlan plan_episode(const model::Predictor* predictor, std::span<const audio::Segment> segments,
                         double target_mos) {
  EpisodePlan plan;
  for (const auto& [bandwidth, mode, blind_kbps] : candidates) {
    auto& guessed = plan.guesses_[{bandwidth, mode}];
    double octaves = 0;
    if (predictor == nullptr) {
      guessed.assign(segments.size(), {.kbps = blind_kbps});
    } else {
      const auto curves = predict_curves(*predictor, segments, bandwidth, mode);
      guessed = guesses(curves, target_mos);
      octaves = std::log2(cost(curves, segments, target_mos));
    }
    if (mode == Mode::silk) plan.choices.push_back({bandwidth, octaves});
  }
  std::ranges::stable_sort(plan.choices, {}, &EpisodePlan::Choice::dearer);
  const double least = plan.choices.front().dearer;
  for (auto& choice : plan.choices) choice.dearer -= least;
  return plan;
}

}  // namespace chasqui::compress
