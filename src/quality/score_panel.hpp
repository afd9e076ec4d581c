#pragma once

#include "quality/canvas.hpp"
#include "quality/compare.hpp"
#include "quality/time_axis.hpp"

#include <optional>

namespace chasqui::quality {

/// ESTOI and NSIM over time, gaps where nothing was scored, the worst window, the target, and a legend. Where several
/// windows share a few pixels, a line shows their mean and a band their range.
void draw_score_panel(Canvas& canvas, const Box& box, const TimeAxis& axis, const Comparison& comparison,
                      std::optional<double> estoi_target);

}  // namespace chasqui::quality
