#include "jobs/postgres_database.hpp"

#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <chrono>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

namespace chasqui::jobs {
namespace {

using Steady = std::chrono::steady_clock;

Failure failure(const std::string& name, const soci::soci_error& error) {
  const auto* postgres = dynamic_cast<const soci::postgresql_soci_error*>(&error);
  const auto state = postgres == nullptr ? std::string() : postgres->sqlstate();
  std::string message = fmt::format("{}: {}", name, error.what());
  for (char& c : message) c = c == '\n' ? ' ' : c;
  // https://www.postgresql.org/docs/15/errcodes-appendix.html
  if (state == "53100") return {Errc::disk_full, message};
  if (state.starts_with("XX001") || state.starts_with("XX002")) return {Errc::storage_corrupt, message};
  if (state.starts_with("57P") || state.starts_with("08") || state == "25006" || state == "25P03")
    return {Errc::unavailable, message};
  if (state.starts_with("57") || state.starts_with("53") || state.starts_with("55") || state.starts_with("40"))
    return {Errc::busy, message};
  return {Errc::internal, message};
}

template <typename Work>
auto translated(const std::string& name, Work&& work) {
  try {
    return work();
  } catch (const soci::soci_error& error) {
    throw failure(name, error);
  }
}

}  // namespace

PostgresDatabase::PostgresDatabase(PostgresSettings settings) : pool_(std::move(settings)) {
  pool_.on_connect([this](soci::session& sql) {
    require_schema(sql);
    set_clock(sql);
  });
}

void PostgresDatabase::read(const std::function<void(soci::session&)>& work) {
  translated(name(), [&] {
    try {
      pool_.with(work);
    } catch (const Failure& failure) {
      if (failure.code() != Errc::unavailable) throw;
      pool_.with(work);  // the server was restarted under the connection, perhaps
    }
  });
}

void PostgresDatabase::write(const std::function<void(soci::session&)>& work) {
  translated(name(), [&] {
    pool_.with([&](soci::session& sql) {
      soci::transaction transaction(sql);
      work(sql);
      transaction.commit();
    });
  });
}

void PostgresDatabase::hold(soci::session& sql, const std::string& name) {
  sql << "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))", soci::use(name);
}

namespace {

template <typename Work>
auto on_one_connection(const PostgresSettings& settings, const Work& work) {
  PostgresPool pool(settings);
  std::invoke_result_t<Work, soci::session&> answer{};
  translated(pool.name(), [&] { pool.with([&](soci::session& sql) { answer = work(sql); }); });
  return answer;
}

}  // namespace

SchemaStatus schema_status(const PostgresSettings& settings) {
  return on_one_connection(settings, [](soci::session& sql) { return schema_status(sql); });
}

int migrate(const PostgresSettings& settings, int version) {
  return on_one_connection(settings, [version](soci::session& sql) { return migrate(sql, version); });
}

void PostgresDatabase::set_clock(soci::session& sql) {
  long long millis = 0;
  sql << "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)", soci::into(millis);
  const auto at = std::chrono::duration_cast<core::Millis>(Steady::now().time_since_epoch());
  ahead_of_steady_ms_ = millis - at.count();
}

void PostgresDatabase::set_clock() {
  read([this](soci::session& sql) { set_clock(sql); });
}

core::Clock PostgresDatabase::clock() {
  return [this] {
    const auto ahead = ahead_of_steady_ms_.load();
    const auto at = std::chrono::duration_cast<core::Millis>(Steady::now().time_since_epoch());
    return ahead == 0 ? core::system_clock()() : core::from_millis(ahead + at.count());
  };
}

}  // namespace chasqui::jobs
