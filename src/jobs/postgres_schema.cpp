#include "jobs/postgres_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <soci/soci.h>
#include <span>

namespace chasqui::jobs {
namespace {

struct Step {
  std::string_view about;
  std::span<const char* const> statements;
  int serves;  ///< the earliest version whose program can work on the tables after this step
};

// Names sort by their bytes, as those who page through them rely on: hence COLLATE "C".
constexpr std::array tables{
    "CREATE TABLE jobs (id TEXT COLLATE \"C\" PRIMARY KEY, parent TEXT COLLATE \"C\" NOT NULL, owner TEXT NOT NULL,"
    " created BIGINT NOT NULL, updated BIGINT NOT NULL, state TEXT NOT NULL, priority BIGINT NOT NULL,"
    " not_before BIGINT NOT NULL, attempts BIGINT NOT NULL, attempts_allowed BIGINT NOT NULL, lapses BIGINT NOT NULL,"
    " token BIGINT NOT NULL, worker TEXT NOT NULL, lease_until BIGINT NOT NULL, started BIGINT NOT NULL,"
    " progress DOUBLE PRECISION NOT NULL, title TEXT NOT NULL, file_name TEXT NOT NULL, source_url TEXT NOT NULL,"
    " input TEXT NOT NULL, input_bytes BIGINT NOT NULL, options TEXT NOT NULL, work_key TEXT NOT NULL,"
    " output TEXT NOT NULL, report TEXT NOT NULL, output_bytes BIGINT NOT NULL, seconds DOUBLE PRECISION NOT NULL,"
    " quality DOUBLE PRECISION NOT NULL, error_code TEXT NOT NULL, error_message TEXT NOT NULL)",
    "CREATE INDEX jobs_queue ON jobs (priority DESC, created, id) WHERE state = 'queued'",
    "CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state = 'running'",
    "CREATE INDEX jobs_ended ON jobs (state, updated)",
    "CREATE INDEX jobs_work ON jobs (work_key)",
    "CREATE INDEX jobs_parent ON jobs (parent, id)",
    "CREATE INDEX jobs_input ON jobs (input)",
    "CREATE INDEX jobs_output ON jobs (output)",
    "CREATE INDEX jobs_report ON jobs (report)",
    "CREATE TABLE idempotency (owner TEXT NOT NULL, name TEXT NOT NULL, work TEXT NOT NULL, job TEXT NOT NULL,"
    " created BIGINT NOT NULL, PRIMARY KEY (owner, name))",
    "CREATE TABLE access_keys (id TEXT COLLATE \"C\" PRIMARY KEY, label TEXT NOT NULL, hash TEXT NOT NULL,"
    " scopes TEXT NOT NULL, created BIGINT NOT NULL, expires BIGINT NOT NULL, revoked BIGINT NOT NULL)",
};

// Whoever lets a job wait, also by hand in SQL, tells the broker: the database itself sees to it.
constexpr std::array outbox{
    "CREATE TABLE outbox (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job TEXT NOT NULL,"
    " priority BIGINT NOT NULL, not_before BIGINT NOT NULL)",
    "CREATE FUNCTION tell_the_queue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO outbox (job, priority, not_before) VALUES (NEW.id, NEW.priority, NEW.not_before); RETURN NULL;"
    " END $$",
    "CREATE TRIGGER job_waits_first AFTER INSERT ON jobs FOR EACH ROW WHEN (NEW.state = 'queued')"
    " EXECUTE FUNCTION tell_the_queue()",
    "CREATE TRIGGER job_waits_again AFTER UPDATE ON jobs FOR EACH ROW"
    " WHEN (NEW.state = 'queued' AND NEW.token <> OLD.token) EXECUTE FUNCTION tell_the_queue()",
    "CREATE TABLE dead_letters (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, received BIGINT NOT NULL,"
    " queue TEXT NOT NULL, reason TEXT NOT NULL, body TEXT NOT NULL)",
};

constexpr std::array workers{
    "CREATE TABLE workers (name TEXT COLLATE \"C\" PRIMARY KEY, slots BIGINT NOT NULL, running BIGINT NOT NULL,"
    " version TEXT NOT NULL, seen BIGINT NOT NULL)",
};

// Programs before version 4 did not know these columns, and need not.
constexpr std::array requests{
    "ALTER TABLE jobs ADD COLUMN request TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE outbox ADD COLUMN request TEXT NOT NULL DEFAULT ''",
    "CREATE OR REPLACE FUNCTION tell_the_queue() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO outbox (job, priority, not_before, request)"
    " VALUES (NEW.id, NEW.priority, NEW.not_before, NEW.request); RETURN NULL; END $$",
};

// A step serves the version before it, so that both can run while a deployment is rolled out: it adds, with defaults.
// What it leaves without use is taken away by a later step, which then serves no program that still used it.
constexpr std::array steps{Step{"jobs, keys", tables, 1}, Step{"outbox, dead letters", outbox, 2},
                           Step{"workers and what they can take", workers, 3}, Step{"ids of requests", requests, 3}};
constexpr int wanted = static_cast<int>(steps.size());

int found_version(soci::session& sql) {
  int exists = 0;
  sql << "SELECT CASE WHEN to_regclass('schema_version') IS NULL THEN 0 ELSE 1 END", soci::into(exists);
  int version = 0;
  if (exists != 0) sql << "SELECT coalesce(max(version), 0) FROM schema_version", soci::into(version);
  return version;
}

/// The earliest program that tables of this `version`, which a later program made, serve.
int earliest_served(soci::session& sql, int version) {
  int serves = 0;
  sql << "SELECT coalesce(max(serves), :version) FROM schema_version WHERE version = :version",
      soci::use(version, "version"), soci::into(serves);
  return serves;
}

}  // namespace

SchemaStatus schema_status(soci::session& sql) {
  SchemaStatus status{found_version(sql), wanted, false, {}};
  status.usable = status.found == wanted || (status.found > wanted && earliest_served(sql, status.found) <= wanted);
  for (int i = status.found; i < wanted; ++i) status.missing.emplace_back(steps[static_cast<std::size_t>(i)].about);
  return status;
}

int migrate(soci::session& sql, int version) {
  const int target = version > 0 ? version : wanted;
  soci::transaction transaction(sql);
  sql << "SELECT pg_advisory_xact_lock(hashtext('chasqui schema'))";
  sql << "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY, about TEXT NOT NULL,"
         " done TIMESTAMPTZ NOT NULL DEFAULT now())";
  sql << "ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS serves BIGINT";
  const int from = found_version(sql);
  if (from > wanted) require_schema(sql);
  for (int i = from; i < target; ++i) {
    const auto& step = steps[static_cast<std::size_t>(i)];
    for (const auto* statement : step.statements) sql << statement;
    const std::string about(step.about);
    const int done = i + 1;
    sql << "INSERT INTO schema_version (version, about, serves) VALUES (:version, :about, :serves)", soci::use(done),
        soci::use(about), soci::use(step.serves);
  }
  transaction.commit();
  return std::max(target - from, 0);
}

void require_schema(soci::session& sql) {
  const int found = found_version(sql);
  if (found < wanted)
    throw Failure(Errc::conflict, fmt::format("the database has tables of version {}, this program needs {}; run "
                                              "`chasqui db migrate`",
                                              found, wanted));
  if (found > wanted && earliest_served(sql, found) > wanted)
    throw Failure(Errc::conflict, fmt::format("the database has tables of version {}, which is later than this "
                                              "program's {}; use the later chasqui",
                                              found, wanted));
}

}  // namespace chasqui::jobs
