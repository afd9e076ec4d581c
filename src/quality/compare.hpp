#pragma once

#include "quality/alignment.hpp"
#include "quality/window_scores.hpp"

#include <chasqui/error.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace chasqui::quality {

/// Mono sound in full-scale units (+-1).
struct Signal {
  std::span<const float> samples;
  int sample_rate_hz = 0;
};

struct CompareOptions {
  WindowOptions windows;
  /// Longer recordings are refused: both are held in memory at 16 kHz, 230 MB per hour each.
  double longest_s = 4 * 3600;
  /// Go on with a warning where the two do not look like the same recording.
  bool accept_poor_alignment = false;
};

struct Comparison {
  AlignmentResult alignment;         ///< lag in samples at scoring_rate_hz
  double lag_s = 0;                  ///< positive: the degraded recording is late
  double reference_begin_s = 0;      ///< where in the reference what both have in common, and was scored, begins
  double length_s = 0;               ///< of what both have in common
  std::vector<WindowScore> windows;  ///< times in the reference
  ScoreSummary estoi;
  ScoreSummary nsim;
  ScoreSummary mos;
  std::optional<double> whole_estoi;  ///< of the whole, by the published algorithm
  std::vector<std::string> warnings;  ///< one clear line each
};

/// Aligns, evens out level and polarity, and scores `degraded` against `reference`. Rates and lengths may differ.
/// Recordings at scoring_rate_hz are used in place, others resampled first. Errors: input_empty; input_too_long;
/// input_unsupported for an impossible rate; usage when the two do not look like the same recording;
/// cancelled soon after a request by options.windows.stop.
Result<Comparison> compare(const Signal& reference, const Signal& degraded, const CompareOptions& options = {});

}  // namespace chasqui::quality
