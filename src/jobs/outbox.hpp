#pragma once

#include "jobs/postgres_database.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace chasqui::jobs {

/// What the database wants the broker to know: written by the transaction that made a job wait (by a trigger), removed
/// by the one that saw the broker confirm. So a crash in between loses nothing, at worst it tells twice.
class Outbox {
 public:
  explicit Outbox(PostgresDatabase& database) : database_(database) {}

  struct Entry {
    std::int64_t seq = 0;
    std::string job;
    std::int64_t priority = 0;
    core::Time not_before;
    std::string request;
  };
  /// Gives the oldest to `publish`, which returns when the broker has them, and removes them. What other processes are
  /// just forwarding is passed over. Answers how many.
  std::size_t forward(std::size_t most, const std::function<void(const std::vector<Entry>&)>& publish);
  /// Tells once more of jobs that have waited untouched since before `before` though nothing is left to be forwarded.
  /// Answers how many.
  std::size_t remind(core::Time before);
  /// Since when the job has waited whose turn comes next; nothing when all is told.
  std::optional<core::Time> oldest();

 private:
  PostgresDatabase& database_;
};

}  // namespace chasqui::jobs
