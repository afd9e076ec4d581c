#pragma once

#include "quality/canvas.hpp"
#include "quality/time_axis.hpp"
#include "quality/window_scores.hpp"

#include <optional>
#include <span>

namespace chasqui::quality {

/// One of the scores of a window.
using Score = std::optional<double> WindowScore::*;

/// Puts scores on the height of a panel; what lies outside is drawn at its edge.
struct ScoreScale {
  Box box;
  double lowest = 0;
  double highest = 1;

  [[nodiscard]] double y(double score) const;
};

/// A score over time, at the middles of its windows, with gaps where nothing was scored. Where several windows share a
/// few pixels, a line shows their mean and a band their range.
void draw_score_curve(Canvas& canvas, const ScoreScale& scale, const TimeAxis& axis,
                      std::span<const WindowScore> windows, Score score, Colour colour);

/// Greys where no window that was scored has its middle; what is narrower than half a pixel is left out.
void draw_unscored(Canvas& canvas, const Box& box, const TimeAxis& axis, std::span<const WindowScore> windows,
                   Score score);

/// The span of a window over the height of a panel, at least 3 pixels wide. Gives the span.
Box mark_window(Canvas& canvas, const Box& box, const TimeAxis& axis, double begin_s, double end_s);

void draw_dashed(Canvas& canvas, Point from, double to_x, Colour colour);

inline constexpr Colour unscored_colour{150, 150, 150};
inline constexpr Colour worst_colour{213, 94, 0};  // Okabe & Ito's palette, told apart by colour-blind readers too

}  // namespace chasqui::quality
