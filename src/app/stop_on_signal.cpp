#include "app/stop_on_signal.hpp"

#include <cerrno>
#include <ctime>
#include <unistd.h>

namespace chasqui::app {

StopOnSignal::StopOnSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  // A closed pipe and a full quota are errors of write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  waiter_ = std::jthread([this](const std::stop_token& ending) {
    while (!ending.stop_requested()) {
      const timespec moment{.tv_sec = 0, .tv_nsec = 50'000'000};
      const int signal = ::sigtimedwait(&signals_, nullptr, &moment);
      if (signal < 0) continue;
      if (source_.stop_requested()) ::_exit(128 + signal);
      source_.request_stop();
    }
  });
}

StopOnSignal::~StopOnSignal() = default;

}  // namespace chasqui::app
