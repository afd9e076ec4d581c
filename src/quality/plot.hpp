#pragma once

#include "quality/compare.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace chasqui::quality {

struct PlotOptions {
  int width = 1200;
  int height = 800;
  std::string title = "Comparison";          ///< UTF-8
  std::string reference_name = "Reference";  ///< title of the upper spectrogram
  std::string degraded_name = "Degraded";    ///< of the lower one
  std::optional<double> estoi_target;        ///< drawn as a dashed line
};

/// A figure of a comparison: both spectrograms up to 8 kHz on one colour scale, and the scores over time with the worst
/// window marked. The signals are those that were compared, at any rate; the degraded one is shifted by the lag found.
/// A long recording is pooled to the figure's width: mean power for the spectrograms, mean and range for the scores.
/// Sizes below 600 x 500 are raised to that. Throws Failure(internal) when libpng does.
std::vector<std::byte> plot_png(const Signal& reference, const Signal& degraded, const Comparison& comparison,
                                const PlotOptions& options = {});

/// The same as SVG: text and lines as such, the spectrograms embedded as PNG.
std::string plot_svg(const Signal& reference, const Signal& degraded, const Comparison& comparison,
                     const PlotOptions& options = {});

}  // namespace chasqui::quality
