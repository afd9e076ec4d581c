#pragma once

#include "jobs/dead_letters.hpp"
#include "jobs/postgres_database.hpp"

namespace chasqui::jobs {

/// The database must outlive this.
class PostgresDeadLetters final : public DeadLetters {
 public:
  explicit PostgresDeadLetters(PostgresDatabase& database) : database_(database) {}

  void add(const DeadLetter& letter) override;
  std::vector<DeadLetter> list(std::size_t most) override;
  Result<void> replay(std::int64_t id) override;
  bool remove(std::int64_t id) override;
  std::int64_t count();

 private:
  PostgresDatabase& database_;
};

}  // namespace chasqui::jobs
