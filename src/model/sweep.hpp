#pragma once

#include "model/labels.hpp"
#include "model/predictor.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace chasqui::model {

/// What is known of one segment at one bandwidth and mode.
struct SweepLine {
  opus::Bandwidth bandwidth = opus::Bandwidth::narrow;
  opus::Mode mode = opus::Mode::silk;
  std::vector<std::size_t> labels;  ///< indices, by rising bitrate
};

/// All that was measured of one segment.
struct Sweep {
  std::size_t first_label = 0;  ///< index of one of its labels
  std::vector<SweepLine> lines;
};

/// One for each segment, in the order of their first labels.
std::vector<Sweep> gather_sweeps(std::span<const Label> labels);

/// `values`, one for each label, as a curve: by straight lines over log2 of the bitrate, flat beyond the ends.
Curve curve_through(std::span<const Label> labels, const SweepLine& line, std::span<const Prediction> values);

/// What was measured, one for each label.
std::vector<Prediction> measured(std::span<const Label> labels);

}  // namespace chasqui::model
