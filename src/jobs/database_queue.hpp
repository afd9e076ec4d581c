#pragma once

#include "jobs/bell.hpp"
#include "jobs/queue.hpp"
#include "jobs/repository.hpp"

namespace chasqui::jobs {

/// The queue is a query of the repository. All that it is given must outlive it.
class DatabaseQueue final : public Queue {
 public:
  DatabaseQueue(Repository& repository, Bell& bell, core::Clock clock)
      : repository_(repository), bell_(bell), clock_(std::move(clock)) {}

  std::optional<Job> take(const std::string& worker, core::Millis lease, const std::stop_token& stop) override;

 private:
  Repository& repository_;
  Bell& bell_;
  core::Clock clock_;
};

}  // namespace chasqui::jobs
