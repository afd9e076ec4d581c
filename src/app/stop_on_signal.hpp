#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace chasqui::app {

/// Turns SIGINT and SIGTERM into a stop request. To be made before any other thread, since threads inherit the mask.
/// A second signal ends the process at once: nothing is left behind either way.
class StopOnSignal {
 public:
  StopOnSignal();
  ~StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  std::stop_source source_;
  sigset_t signals_{};
  std::jthread waiter_;
};

}  // namespace chasqui::app
