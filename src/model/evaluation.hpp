#pragma once

#include "model/labels.hpp"
#include "model/predictor.hpp"

#include <span>
#include <string>
#include <vector>

namespace chasqui::model {

/// How predictions of some labels differ from what was measured.
struct ErrorRow {
  std::string what;  ///< "all", "speech", "narrowband silk", ...
  std::size_t labels = 0;
  double mos_bias = 0;
  double mos_rmse = 0;
  double mos_pearson = 0;
  double rate_error = 0;  ///< mean absolute, as a share
};

/// What a model saves when a target is asked of the worst window of every segment. By `measured`, the least bitrate of
/// each segment that reaches it, over all bandwidths and modes (segments that nothing lets reach it are left out).
struct TargetRow {
  double target_mos = 0;
  std::size_t segments = 0;
  double oracle_kbps = 0;       ///< mean of the least
  double best_fixed_kbps = 0;   ///< one setting for all, so high that 95 % of the segments reach the target
  double one_shot_kbps = 0;     ///< what the model asks for, without looking
  double one_shot_reached = 0;  ///< share of segments
  double closed_loop_kbps = 0;  ///< prediction, measurement, correction
  double probes = 0;            ///< that this took, per segment
};

struct CalibrationPoint {
  double predicted_mos = 0;  ///< mean of a bin
  double measured_mos = 0;
  double deviation = 0;  ///< standard, of what was measured
  std::size_t labels = 0;
};

struct Evaluation {
  std::vector<ErrorRow> errors;
  std::vector<TargetRow> targets;  ///< essential, clear, rich
  std::vector<CalibrationPoint> calibration;
};

/// `predictions`: one for each label.
Evaluation evaluate(std::span<const Label> labels, std::span<const Prediction> predictions);

/// Of the labels themselves, by a model.
std::vector<Prediction> predict_labels(const Predictor& predictor, std::span<const Label> labels);

/// As tables in Markdown.
std::string to_markdown(const Evaluation& evaluation);
/// Predicted against measured, as SVG.
std::string calibration_svg(const Evaluation& evaluation);

}  // namespace chasqui::model
