#include "quality/score_panel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>

namespace chasqui::quality {
namespace {

using Score = std::optional<double> WindowScore::*;

constexpr Colour ink{34, 34, 34};
constexpr Colour grid_colour{225, 225, 225};
constexpr Colour unscored_colour{150, 150, 150};
constexpr Colour worst_colour{213, 94, 0};  // Okabe & Ito's palette, told apart by colour-blind readers too
constexpr Colour estoi_colour{0, 114, 178};
constexpr Colour nsim_colour{0, 158, 115};
constexpr Colour target_colour{110, 110, 110};
constexpr double least_pixels_per_point = 3;

double centre_s(const WindowScore& window) {
  return (window.begin_s + window.end_s) / 2;
}

struct Scale {
  Box box;
  double lowest;

  [[nodiscard]] double y(double score) const {
    return box.bottom() - box.height * (std::clamp(score, lowest, 1.0) - lowest) / (1 - lowest);
  }
};

// From a round tenth below the lowest score to 1.
double lowest_shown(const Comparison& comparison, std::optional<double> target) {
  double lowest = 0.8;
  if (target) lowest = std::min(lowest, *target);
  for (const WindowScore& window : comparison.windows)
    for (const auto& score : {window.estoi, window.nsim})
      if (score) lowest = std::min(lowest, *score);
  return std::clamp(std::floor((lowest - 0.03) * 10) / 10, 0.0, 0.7);
}

struct Pooled {
  double x = 0;
  double mean = 0;
  double low = 1;
  double high = 0;
  std::size_t count = 0;
};

// Runs of scored windows; windows closer than a few pixels become one point.
std::vector<std::vector<Pooled>> pooled_runs(const Comparison& comparison, Score score, const Box& box,
                                             const TimeAxis& axis) {
  std::vector<std::vector<Pooled>> runs;
  bool open = false;
  long newest_bucket = 0;
  for (const WindowScore& window : comparison.windows) {
    const auto& scored = window.*score;
    if (!scored) {
      open = false;
      continue;
    }
    const double value = *scored;
    const double x = axis.x(box, centre_s(window));
    const long bucket = std::lround(std::floor((x - box.left) / least_pixels_per_point));
    if (!open) runs.emplace_back();
    if (!open || bucket != newest_bucket) runs.back().emplace_back();
    Pooled& point = runs.back().back();
    const auto n = static_cast<double>(++point.count);
    point.x += (x - point.x) / n;
    point.mean += (value - point.mean) / n;
    point.low = std::min(point.low, value);
    point.high = std::max(point.high, value);
    newest_bucket = bucket;
    open = true;
  }
  return runs;
}

void draw_dashed(Canvas& canvas, Point from, double to_x, Colour colour) {
  constexpr double dash = 7;
  for (double x = from.x; x < to_x; x += 2 * dash)
    canvas.line(std::array{Point{x, from.y}, Point{std::min(x + dash, to_x), from.y}}, colour, 1.5);
}

void draw_curve(Canvas& canvas, const Scale& scale, const std::vector<std::vector<Pooled>>& runs, Colour colour) {
  for (const auto& run : runs) {
    std::vector<Point> line;
    std::vector<Point> band;
    bool pooled = false;
    for (const Pooled& point : run) {
      line.push_back({point.x, scale.y(point.mean)});
      band.push_back({point.x, scale.y(point.high)});
      pooled = pooled || point.count > 1;
    }
    for (const Pooled& point : std::views::reverse(run)) band.push_back({point.x, scale.y(point.low)});
    if (pooled) canvas.fill(band, colour, 0.25);
    canvas.line(line, colour, 2);
    if (run.size() > 1 && run.back().x - run.front().x < 14 * static_cast<double>(run.size())) continue;
    for (const Point& point : line) canvas.line(std::array{point, point}, colour, 6);
  }
}

// Where no window that was scored has its centre.
void draw_unscored(Canvas& canvas, const Box& box, const TimeAxis& axis, const Comparison& comparison) {
  for (std::size_t i = 0; i < comparison.windows.size(); ++i) {
    const WindowScore& window = comparison.windows[i];
    if (window.estoi) continue;
    const double before = i > 0 ? centre_s(comparison.windows[i - 1]) : window.begin_s;
    const double after = i + 1 < comparison.windows.size() ? centre_s(comparison.windows[i + 1]) : window.end_s;
    const double left = axis.x(box, (before + centre_s(window)) / 2);
    const double right = axis.x(box, (centre_s(window) + after) / 2);
    canvas.fill({left, box.top, right - left, box.height}, unscored_colour, 0.3);
  }
}

void draw_grid(Canvas& canvas, const Scale& scale) {
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

void draw_worst(Canvas& canvas, const Box& box, const TimeAxis& axis, const Comparison& comparison) {
  if (comparison.estoi.count == 0) return;
  const double left = std::max(box.left, axis.x(box, comparison.estoi.worst_begin_s));
  const double right = std::min(box.right(), axis.x(box, comparison.estoi.worst_end_s));
  canvas.fill({left, box.top, std::max(right - left, 3.0), box.height}, worst_colour, 0.18);
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
  const Scale scale{box, lowest_shown(comparison, estoi_target)};
  const bool any_unscored =
      std::ranges::any_of(comparison.windows, [](const WindowScore& window) { return !window.estoi; });
  canvas.text({box.left, box.top - 9}, "Scores", {.size = 14, .colour = ink, .bold = true});
  draw_legend(canvas, box, estoi_target.has_value(), any_unscored);
  draw_grid(canvas, scale);
  draw_unscored(canvas, box, axis, comparison);
  draw_worst(canvas, box, axis, comparison);
  if (estoi_target) draw_dashed(canvas, {box.left, scale.y(*estoi_target)}, box.right(), target_colour);
  draw_curve(canvas, scale, pooled_runs(comparison, &WindowScore::nsim, box, axis), nsim_colour);
  draw_curve(canvas, scale, pooled_runs(comparison, &WindowScore::estoi, box, axis), estoi_colour);
  draw_frame(canvas, box);
}

}  // namespace chasqui::quality
