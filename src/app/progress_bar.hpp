#pragma once

#include "core/readable.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace chasqui::app {

/// A bar with time left on standard error, if that is a terminal; silent otherwise.
class ProgressBar {
 public:
  explicit ProgressBar(std::string_view label);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(double fraction);

 private:
  using Clock = std::chrono::steady_clock;
  std::string label_;
  bool enabled_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_{};
};

using core::duration_text;
using core::size_text;

}  // namespace chasqui::app
