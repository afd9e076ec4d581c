#pragma once

#include "quality/canvas.hpp"

#include <string>

namespace chasqui::quality {

/// "12.5 s", "3:05" or "1:02:40", as precise as a recording of `length_s` asks for.
std::string clock_text(double time_s, double length_s);

/// The thin dark line around a panel.
void draw_frame(Canvas& canvas, const Box& box);

/// Maps time to the width of a panel and draws its ticks.
class TimeAxis {
 public:
  TimeAxis(double begin_s, double length_s) : begin_s_(begin_s), length_s_(length_s > 0 ? length_s : 1) {}

  [[nodiscard]] double x(const Box& box, double time_s) const {
    return box.left + box.width * (time_s - begin_s_) / length_s_;
  }
  [[nodiscard]] double begin_s() const noexcept { return begin_s_; }
  [[nodiscard]] double length_s() const noexcept { return length_s_; }
  /// Below the panel; `labelled`: with numbers and the axis' name.
  void draw_ticks(Canvas& canvas, const Box& box, bool labelled) const;

 private:
  double begin_s_;
  double length_s_;
};

}  // namespace chasqui::quality
