#include "jobs/sqlite_database.hpp"

#include <fmt/format.h>

#include <array>
#include <chasqui/error.hpp>
#include <mutex>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <span>
#include <string>

namespace chasqui::jobs {
namespace {

constexpr std::size_t connection_count = 4;

constexpr std::array tables{
    "CREATE TABLE jobs (id TEXT PRIMARY KEY, parent TEXT NOT NULL, owner TEXT NOT NULL, created BIGINT NOT NULL,"
    " updated BIGINT NOT NULL, state TEXT NOT NULL, priority BIGINT NOT NULL, not_before BIGINT NOT NULL,"
    " attempts BIGINT NOT NULL, attempts_allowed BIGINT NOT NULL, lapses BIGINT NOT NULL, token BIGINT NOT NULL, "
    "worker TEXT NOT NULL,"
    " lease_until BIGINT NOT NULL, started BIGINT NOT NULL, progress DOUBLE NOT NULL, title TEXT NOT NULL,"
    " file_name TEXT NOT NULL, source_url TEXT NOT NULL, input TEXT NOT NULL, input_bytes BIGINT NOT NULL,"
    " options TEXT NOT NULL, work_key TEXT NOT NULL, output TEXT NOT NULL, report TEXT NOT NULL,"
    " output_bytes BIGINT NOT NULL, seconds DOUBLE NOT NULL, quality DOUBLE NOT NULL, error_code TEXT NOT NULL,"
    " error_message TEXT NOT NULL)",
    "CREATE INDEX jobs_queue ON jobs (state, priority DESC, created)",
    "CREATE INDEX jobs_work ON jobs (work_key)",
    "CREATE INDEX jobs_parent ON jobs (parent, id)",
    "CREATE INDEX jobs_input ON jobs (input)",
    "CREATE INDEX jobs_output ON jobs (output)",
    "CREATE INDEX jobs_report ON jobs (report)",
    "CREATE TABLE idempotency (owner TEXT NOT NULL, name TEXT NOT NULL, work TEXT NOT NULL, job TEXT NOT NULL,"
    " created BIGINT NOT NULL, PRIMARY KEY (owner, name))",
    "CREATE TABLE access_keys (id TEXT PRIMARY KEY, label TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL,"
    " created BIGINT NOT NULL, expires BIGINT NOT NULL, revoked BIGINT NOT NULL)",
};
constexpr std::array requests{"ALTER TABLE jobs ADD COLUMN request TEXT NOT NULL DEFAULT ''"};

/// From each version to the next.
constexpr std::array steps{std::span<const char* const>(tables), std::span<const char* const>(requests)};
constexpr int schema_version = static_cast<int>(steps.size());

Failure failure(const std::filesystem::path& file, const soci::soci_error& error) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  const auto text = [&](std::string_view way_out) {
    return fmt::format("{}: {}{}", file.string(), error.what(), way_out);
  };
  switch (sqlite == nullptr ? SQLITE_ERROR : sqlite->result() & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::busy, text("; another program holds the database")};
    case SQLITE_FULL:
      return {Errc::disk_full, text("; free some room")};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {
          Errc::storage_corrupt,
          text("; the database is damaged: try `sqlite3 chasqui.db .recover | sqlite3 new.db` and put new.db in its "
               "place, or restore a copy, or move it away to begin anew")};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return {Errc::output_unwritable, text("; is the disk full, read-only or broken?")};
    default:
      return {Errc::internal, text("")};
  }
}

void check_whole(soci::session& sql, const std::filesystem::path& file) {
  std::string verdict;
  sql << "PRAGMA quick_check(1)", soci::into(verdict);
  if (verdict != "ok") throw failure(file, soci::sqlite3_soci_error(verdict, SQLITE_CORRUPT));
}

void bring_to_this_version(soci::session& sql, const std::filesystem::path& file) {
  int version = 0;
  sql << "PRAGMA user_version", soci::into(version);
  if (version == schema_version) return;
  if (version > schema_version)
    throw Failure(Errc::conflict,
                  fmt::format("{}: was made by a later version of chasqui; use that one", file.string()));
  sql << "BEGIN IMMEDIATE";
  for (const auto& step : std::span(steps).subspan(static_cast<std::size_t>(version))) {
    for (const auto* statement : step) sql << statement;
  }
  sql << fmt::format("PRAGMA user_version = {}", schema_version);
  sql << "COMMIT";
}

}  // namespace

struct SqliteDatabase::Connections {
  soci::connection_pool pool{connection_count};
  std::mutex writing;  // one writer at a time waits here, in order, and not in SQLite
};

SqliteDatabase::SqliteDatabase(std::filesystem::path file)
    : file_(std::move(file)), connections_(std::make_unique<Connections>()) {
  try {
    for (std::size_t i = 0; i < connection_count; ++i) {
      auto& sql = connections_->pool.at(i);
      sql.open(soci::sqlite3, fmt::format("dbname=\"{}\" timeout=5", file_.string()));
      std::string mode;
      sql << "PRAGMA journal_mode = WAL", soci::into(mode);
      sql << "PRAGMA synchronous = FULL";
      if (i != 0) continue;
      check_whole(sql, file_);
      bring_to_this_version(sql, file_);
    }
  } catch (const soci::soci_error& error) {
    throw failure(file_, error);
  }
}

SqliteDatabase::~SqliteDatabase() = default;

void SqliteDatabase::read(const std::function<void(soci::session&)>& work) {
  try {
    soci::session sql(connections_->pool);
    work(sql);
  } catch (const soci::soci_error& error) {
    throw failure(file_, error);
  }
}

void SqliteDatabase::write(const std::function<void(soci::session&)>& work) {
  try {
    const std::lock_guard lock(connections_->writing);
    soci::session sql(connections_->pool);
    sql << "BEGIN IMMEDIATE";
    try {
      work(sql);
      sql << "COMMIT";
    } catch (...) {
      try {
        sql << "ROLLBACK";
      } catch (const soci::soci_error&) {  // NOLINT(bugprone-empty-catch): SQLite has rolled back by itself
      }
      throw;
    }
  } catch (const soci::soci_error& error) {
    throw failure(file_, error);
  }
}

}  // namespace chasqui::jobs
