#pragma once

#include "core/clock.hpp"
#include "jobs/database.hpp"
#include "jobs/postgres_pool.hpp"
#include "jobs/postgres_schema.hpp"

#include <atomic>

namespace chasqui::jobs {

/// PostgreSQL. What it says becomes a Failure: unavailable (out of reach, or the connection broke; whether a
/// transaction that was being committed took place is then not known), busy (timeouts, deadlocks), disk_full,
/// storage_corrupt, conflict (tables of another version), else internal.
class PostgresDatabase final : public Database {
 public:
  /// Connects when it is first needed; then, and after every reconnection, checks the version of the tables. Throws
  /// Failure(config).
  explicit PostgresDatabase(PostgresSettings settings);

  void read(const std::function<void(soci::session&)>& work) override;
  void write(const std::function<void(soci::session&)>& work) override;
  [[nodiscard]] std::string_view for_update() const noexcept override { return " FOR UPDATE"; }
  [[nodiscard]] std::string_view for_update_of_free() const noexcept override { return " FOR UPDATE SKIP LOCKED"; }
  [[nodiscard]] std::string_view like() const noexcept override { return "ILIKE"; }
  void hold(soci::session& sql, const std::string& name) override;

  [[nodiscard]] const std::string& name() const noexcept { return pool_.name(); }
  /// The time as the server has it, so that leases do not depend on the clocks of many machines: taken with every new
  /// connection and by `set_clock`, and counted from there by this machine's steady clock. Never waits. Until there was
  /// a connection, this machine's time. This must outlive it.
  core::Clock clock();
  /// To be called now and then, since steady clocks drift.
  void set_clock();

 private:
  void set_clock(soci::session& sql);

  std::atomic<std::int64_t> ahead_of_steady_ms_{0};
  PostgresPool pool_;
};

/// Looks at, or brings up to date, the tables of a database whose version need not be right.
SchemaStatus schema_status(const PostgresSettings& settings);
int migrate(const PostgresSettings& settings, int version = 0);

}  // namespace chasqui::jobs
