#include "quality/score_panel.hpp"

#include "quality/score_curve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace chasqui::quality {
namespace {

constexpr Colour ink{34, 34, 34};
constexpr Colour grid_colour{225, 225, 225};
constexpr Colour estoi_colour{0, 114, 178};
constexpr Colour nsim_colour{0, 158, 115};
constexpr Colour target_colour{110, 110, 110};

// From a round tenth below the lowest score to 1.
double lowest_shown(const Comparison& comparison, std::optional<double> target) {
  double lowest = 0.8;
  if (target) lowest = std::min(lowest, *target);
  for (const WindowScore& window : comparison.windows)
    for (const auto& score : {window.estoi, window.nsim})
      if (score) lowest = std::min(lowest, *score);
  return std::clamp(std::floor((lowest - 0.03) * 10) / 10, 0.0, 0.7);
}

void draw_grid(Canvas& canvas, const ScoreScale& scale) {
  const double step = scale.lowest < 0.45 ? 0.2 : 0.1;
  for (double score = 1; score > scale.lowest - 1e-9; score -= step) {
    const double y = scale.y(score);
    canvas.line(std::array{Point{scale.box.left, y}, Point{scale.box.right(), y}}, grid_colour, 1);
    canvas.line(std::array{Point{scale.box.left - 5, y}, Point{scale.box.left, y}}, ink, 1);
    canvas.text({scale.box.left - 9, y + 4}, fmt::format("{:.1f}", std::abs(score)),
                {.colour = ink, .anchor = Anchor::end});
  }
  canvas.text({scale.box.left - 40, scale.box.top + scale.box.height / 2}, "Score (0 to 1)",
              {.colour = ink, .anchor = Anchor::middle, .upwards = true});
}

// Above the panel at its right: entries from right to left.
void draw_legend(Canvas& canvas, const Box& box, bool with_target, bool with_unscored) {
  struct Entry {
    const char* name;
    Colour colour;
    double width;
    enum { line, area, dashes } kind;
  };
  std::vector<Entry> entries{{"ESTOI", estoi_colour, 84, Entry::line},
                             {"NSIM", nsim_colour, 78, Entry::line},
                             {"worst ESTOI window", worst_colour, 174, Entry::area}};
  if (with_target) entries.push_back({"ESTOI target", target_colour, 126, Entry::dashes});
  if (with_unscored) entries.push_back({"not scored", unscored_colour, 110, Entry::area});
  double x = box.right();
  for (const Entry& entry : entries) x -= entry.width;
  const double y = box.top - 14;
  for (const Entry& entry : entries) {
    if (entry.kind == Entry::line) canvas.line(std::array{Point{x, y}, Point{x + 22, y}}, entry.colour, 2.5);
    if (entry.kind == Entry::dashes) draw_dashed(canvas, {x, y}, x + 22, entry.colour);
    if (entry.kind == Entry::area) canvas.fill(Box{x, y - 6, 22, 12}, entry.colour, 0.35);
    canvas.text({x + 28, y + 4.5}, entry.name, {.colour = ink});
    x += entry.width;
  }
}

}  // namespace

void draw_score_panel(Canvas& canvas, const Box& box, const TimeAxis& axis, const Comparison& comparison,
                      std::optional<double> estoi_target) {
  const ScoreScale scale{box, lowest_shown(comparison, estoi_target)};
  const bool any_unscored =
      std::ranges::any_of(comparison.windows, [](const WindowScore& window) { return !window.estoi; });
  canvas.text({box.left, box.top - 9}, "Scores", {.size = 14, .colour = ink, .bold = true});
  draw_legend(canvas, box, estoi_target.has_value(), any_unscored);
  draw_grid(canvas, scale);
  draw_unscored(canvas, box, axis, comparison.windows, &WindowScore::estoi);
  const auto& worst = comparison.estoi;
  if (worst.count != 0) mark_window(canvas, box, axis, worst.worst_begin_s, worst.worst_end_s);
  if (estoi_target) draw_dashed(canvas, {box.left, scale.y(*estoi_target)}, box.right(), target_colour);
  draw_score_curve(canvas, scale, axis, comparison.windows, &WindowScore::nsim, nsim_colour);
  draw_score_curve(canvas, scale, axis, comparison.windows, &WindowScore::estoi, estoi_colour);
  draw_frame(canvas, box);
}

}  // namespace chasqui::quality
