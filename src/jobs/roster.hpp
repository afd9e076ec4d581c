#pragma once

#include "jobs/postgres_database.hpp"

#include <string>
#include <vector>

namespace chasqui::jobs {

/// Who works, and how much each can take at once: told by the workers themselves every few seconds. The database must
/// outlive this.
class Roster {
 public:
  explicit Roster(PostgresDatabase& database) : database_(database) {}

  struct Entry {
    std::string name;
    std::int64_t slots = 0, running = 0;
    std::string version;
    core::Time seen;
  };
  /// Those who were silent for a minute are struck off.
  void declare(const Entry& entry);
  void strike_off(const std::string& name);
  /// `running` is what the jobs say now, not what was told last.
  std::vector<Entry> list();

 private:
  PostgresDatabase& database_;
};

}  // namespace chasqui::jobs
