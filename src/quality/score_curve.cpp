#include "quality/score_curve.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ranges>
#include <vector>

namespace chasqui::quality {
namespace {

constexpr double least_pixels_per_point = 3;

double centre_s(const WindowScore& window) {
  return (window.begin_s + window.end_s) / 2;
}

struct Pooled {
  double x = 0;
  double mean = 0;
  double low = 0;
  double high = 0;
  std::size_t count = 0;

  void add(double at, double value) {
    low = count == 0 ? value : std::min(low, value);
    high = count == 0 ? value : std::max(high, value);
    const auto n = static_cast<double>(++count);
    x += (at - x) / n;
    mean += (value - mean) / n;
  }
};

// Runs of scored windows; windows closer than a few pixels become one point, and gaps as narrow are bridged, so that
// the number of points depends on the width alone.
std::vector<std::vector<Pooled>> pooled_runs(std::span<const WindowScore> windows, Score score, const Box& box,
                                             const TimeAxis& axis) {
  std::vector<std::vector<Pooled>> runs;
  bool gap = false;
  long newest_bucket = 0;
  for (const WindowScore& window : windows) {
    const auto& scored = window.*score;
    if (!scored) {
      gap = true;
      continue;
    }
    const double x = axis.x(box, centre_s(window));
    const long bucket = std::lround(std::floor((x - box.left) / least_pixels_per_point));
    if (runs.empty() || (gap && bucket > newest_bucket + 1)) runs.emplace_back();
    if (runs.back().empty() || bucket != newest_bucket) runs.back().emplace_back();
    runs.back().back().add(x, *scored);
    newest_bucket = bucket;
    gap = false;
  }
  return runs;
}

}  // namespace

double ScoreScale::y(double score) const {
  return box.bottom() - box.height * (std::clamp(score, lowest, highest) - lowest) / (highest - lowest);
}

void draw_score_curve(Canvas& canvas, const ScoreScale& scale, const TimeAxis& axis,
                      std::span<const WindowScore> windows, Score score, Colour colour) {
  for (const auto& run : pooled_runs(windows, score, scale.box, axis)) {
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

void draw_unscored(Canvas& canvas, const Box& box, const TimeAxis& axis, std::span<const WindowScore> windows,
                   Score score) {
  // Halfway from one window's middle to the next's.
  const auto border = [&](std::size_t after) {
    if (after == 0) return windows.front().begin_s;
    if (after == windows.size()) return windows.back().end_s;
    return (centre_s(windows[after - 1]) + centre_s(windows[after])) / 2;
  };
  for (std::size_t begin = 0; begin < windows.size(); ++begin) {
    if (windows[begin].*score) continue;
    std::size_t end = begin + 1;
    while (end < windows.size() && !(windows[end].*score)) ++end;
    const double left = axis.x(box, border(begin));
    const double width = axis.x(box, border(end)) - left;
    if (width >= 0.5) canvas.fill(Box{left, box.top, width, box.height}, unscored_colour, 0.3);
    begin = end;
  }
}

Box mark_window(Canvas& canvas, const Box& box, const TimeAxis& axis, double begin_s, double end_s) {
  const double left = std::max(box.left, axis.x(box, begin_s));
  const double right = std::min(box.right(), axis.x(box, end_s));
  const Box span{left, box.top, std::max(right - left, 3.0), box.height};
  canvas.fill(span, worst_colour, 0.18);
  return span;
}

void draw_dashed(Canvas& canvas, Point from, double to_x, Colour colour) {
  constexpr double dash = 7;
  for (double x = from.x; x < to_x; x += 2 * dash)
    canvas.line(std::array{Point{x, from.y}, Point{std::min(x + dash, to_x), from.y}}, colour, 1.5);
}

}  // namespace chasqui::quality
