#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace chasqui::app {

/// A bar with time left on standard error, if that is a terminal; silent otherwise.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label);
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

/// Seconds as "1 h 02 min", "3 min 20 s" or "12 s".
std::string duration_text(double seconds);
/// Bytes as "3.60 MB", "57.6 kB" or "312 bytes".
std::string size_text(std::uint64_t bytes);

}  // namespace chasqui::app
