#pragma once

#include "quality/canvas.hpp"

#include <string_view>
#include <vector>

namespace chasqui::quality {

/// Text as lines to draw, in a plain sans-serif letter of our own: printable ASCII, and the accented letters of
/// Spanish; anything else appears as "?". One em is 12 units; capitals are 8 units high, descenders 2 deep.
struct StrokedText {
  std::vector<std::vector<Point>>
      strokes;  ///< in pixels from the baseline's start, y downwards; a dot has two equal points
  double width = 0;
};

/// Broken UTF-8 appears as "?".
StrokedText stroke_text(std::string_view utf8, double em_pixels);

}  // namespace chasqui::quality
