#include "quality/time_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace chasqui::quality {
namespace {

constexpr Colour ink{34, 34, 34};
constexpr double pixels_per_tick = 95;

// The shortest round step that leaves room for the labels.
double tick_step(double length_s, double pixels) {
  constexpr std::array steps{0.05, 0.1,  0.2,   0.5,   1.0,   2.0,   5.0,    10.0,   15.0,
                             30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0};
  const double least = length_s * pixels_per_tick / pixels;
  const auto* step = std::ranges::find_if(steps, [&](double candidate) { return candidate >= least; });
  return step == steps.end() ? steps.back() * std::ceil(least / steps.back()) : *step;
}

std::string tick_text(double time_s, double step, double length_s) {
  if (length_s >= 90) return clock_text(time_s, length_s);
  return fmt::format("{:.{}f}", time_s, step < 0.1 ? 2 : step < 1 ? 1 : 0);
}

}  // namespace

std::string clock_text(double time_s, double length_s) {
  if (length_s < 90) return fmt::format("{:.1f} s", time_s);
  const auto seconds = std::llround(time_s);
  if (length_s < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void draw_frame(Canvas& canvas, const Box& box) {
  const std::array corners{Point{box.left, box.top}, Point{box.right(), box.top}, Point{box.right(), box.bottom()},
                           Point{box.left, box.bottom()}, Point{box.left, box.top}};
  canvas.line(corners, ink, 1);
}

void TimeAxis::draw_ticks(Canvas& canvas, const Box& box, bool labelled) const {
  const double step = tick_step(length_s_, box.width);
  const double end_s = begin_s_ + length_s_;
  for (auto i = static_cast<long>(std::ceil(begin_s_ / step - 1e-9)); static_cast<double>(i) * step <= end_s + 1e-9;
       ++i) {
    const double time_s = static_cast<double>(i) * step;
    const double at = x(box, time_s);
    canvas.line(std::array{Point{at, box.bottom()}, Point{at, box.bottom() + 5}}, ink, 1);
    if (labelled)
      canvas.text({at, box.bottom() + 20}, tick_text(time_s, step, length_s_),
                  {.colour = ink, .anchor = Anchor::middle});
  }
  if (!labelled) return;
  const char* unit = length_s_ < 90 ? "Time (s)" : length_s_ < 3600 ? "Time (min:s)" : "Time (h:min:s)";
  canvas.text({box.left + box.width / 2, box.bottom() + 42}, unit, {.colour = ink, .anchor = Anchor::middle});
}

}  // namespace chasqui::quality
