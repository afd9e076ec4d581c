#include "jobs/database_queue.hpp"

namespace chasqui::jobs {

std::optional<Job> DatabaseQueue::take(const std::string& worker, core::Millis lease, const std::stop_token& stop) {
  constexpr core::Millis longest{1000};  // how late a job from another process is
  const auto rings = bell_.rings();
  auto job = repository_.claim(worker, clock_(), lease);
  if (!job) bell_.wait(rings, longest, stop);
  return job;
}

}  // namespace chasqui::jobs
