#pragma once

#include "jobs/job.hpp"

#include <optional>
#include <stop_token>
#include <string>

namespace chasqui::jobs {

/// Where workers get jobs from. For any thread.
class Queue {
 public:
  virtual ~Queue() = default;
  /// The next job, claimed for `worker`; waits for one for about a second, and less when stop is requested.
  virtual std::optional<Job> take(const std::string& worker, core::Millis lease, const std::stop_token& stop) = 0;
};

}  // namespace chasqui::jobs
