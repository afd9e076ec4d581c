#include "jobs/bell.hpp"

namespace chasqui::jobs {

void Bell::ring() {
  {
    const std::lock_guard lock(mutex_);
    ++rings_;
  }
  rung_.notify_all();
}

std::uint64_t Bell::wait(std::uint64_t seen, std::chrono::milliseconds longest, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  rung_.wait_for(lock, stop, longest, [&] { return rings_ > seen; });
  return rings_;
}

}  // namespace chasqui::jobs
