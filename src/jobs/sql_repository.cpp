#include "jobs/sql_repository.hpp"

#include "jobs/job_row.hpp"
#include "jobs/transitions.hpp"

#include <fmt/format.h>

namespace chasqui::jobs {
namespace {

using core::to_millis;
using soci::into;
using soci::session;
using soci::use;

constexpr auto update_sql =
    "UPDATE jobs SET parent = :parent, owner = :owner, created = :created, updated = :updated, state = :state,"
    " priority = :priority, not_before = :not_before, attempts = :attempts, attempts_allowed = :attempts_allowed,"
    " lapses = :lapses, token = :token, worker = :worker, lease_until = :lease_until, started = :started, progress = "
    ":progress,"
    " title = :title, file_name = :file_name, source_url = :source_url, input = :input, input_bytes = :input_bytes,"
    " options = :options, work_key = :work_key, output = :output, report = :report, output_bytes = :output_bytes,"
    " seconds = :seconds, quality = :quality, error_code = :error_code, error_message = :error_message, request = "
    ":request"
    " WHERE id = :id";
constexpr auto insert_sql =
    "INSERT INTO jobs (id, parent, owner, created, updated, state, priority, not_before, attempts, attempts_allowed,"
    " lapses, token, worker, lease_until, started, progress, title, file_name, source_url, input, input_bytes, options,"
    " work_key, output, report, output_bytes, seconds, quality, error_code, error_message, request) VALUES (:id, "
    ":parent, :owner, :created, :updated, :state, :priority, :not_before, :attempts,"
    " :attempts_allowed, :lapses, :token, :worker, :lease_until, :started, :progress, :title, :file_name, :source_url, "
    ":input,"
    " :input_bytes, :options, :work_key, :output, :report, :output_bytes, :seconds, :quality, :error_code,"
    " :error_message, :request)";

std::optional<Job> by_id(session& sql, const std::string& id, std::string_view how = "") {
  Job job;
  sql << "SELECT * FROM jobs WHERE id = :id" << how, use(id), into(job);
  return sql.got_data() ? std::optional(std::move(job)) : std::nullopt;
}

/// Equal work of one owner: an episode, or a further format of one.
std::optional<Job> equal_work(session& sql, const Job& wanted) {
  if (wanted.input.empty()) return std::nullopt;
  Job job;
  sql << "SELECT * FROM jobs WHERE work_key = :work AND owner = :owner AND parent = :parent"
         " AND state IN ('queued', 'running', 'done') ORDER BY created LIMIT 1",
      use(wanted.work_key), use(wanted.owner), use(wanted.parent), into(job);
  return sql.got_data() ? std::optional(std::move(job)) : std::nullopt;
}

/// How many wait, as far as that matters.
long long waiting(session& sql, long long most) {
  long long count = 0;
  sql << "SELECT count(*) FROM (SELECT 1 FROM jobs WHERE state = 'queued' LIMIT :most) AS waiting", use(most),
      into(count);
  return count;
}

/// Whether equal work runs. Precondition: its name is held, so that it stays so.
bool equal_runs(session& sql, const Job& job) {
  if (job.input.empty()) return false;
  long long count = 0;
  sql << "SELECT count(*) FROM jobs WHERE work_key = :work AND state = 'running'", use(job.work_key), into(count);
  return count > 0;
}

}  // namespace

Result<Submitted> SqlRepository::submit(const Submission& submission) {
  const auto& job = submission.job;
  // What an Idempotency-Key stands for: the work, or where a recording is to be fetched from.
  const auto work = job.input.empty() ? fmt::format("{} {}", job.source_url, job.options) : job.work_key;
  Result<Submitted> outcome;
  database_.write([&](session& sql) {
    std::optional<Job> earlier;
    // Always in this order, so that nobody waits in a circle.
    if (!job.input.empty()) database_.hold(sql, fmt::format("submit {} {}", job.owner, work));
    if (!submission.idempotency_key.empty()) {
      database_.hold(sql, fmt::format("key {} {}", job.owner, submission.idempotency_key));
      std::string known_work;
      std::string known_job;
      sql << "SELECT work, job FROM idempotency WHERE owner = :owner AND name = :name", use(job.owner),
          use(submission.idempotency_key), into(known_work), into(known_job);
      if (sql.got_data()) {
        if (known_work != work) {
          outcome = std::unexpected(
              Error{Errc::conflict, "this Idempotency-Key was used for another recording or other options"});
          return;
        }
        earlier = by_id(sql, known_job);
      }
    }
    if (!earlier) earlier = equal_work(sql, job);
    if (!earlier && submission.most_waiting > 0 && waiting(sql, submission.most_waiting) >= submission.most_waiting) {
      outcome = std::unexpected(Error{Errc::busy, "too many episodes are waiting; try again later"});
      return;
    }
    if (!earlier) sql << insert_sql, use(job);
    const auto& accepted = earlier ? *earlier : job;
    if (!submission.idempotency_key.empty()) {
      const long long created = to_millis(job.created);
      sql << "INSERT INTO idempotency VALUES (:owner, :name, :work, :job, :created) ON CONFLICT (owner, name)"
             " DO UPDATE SET work = excluded.work, job = excluded.job, created = excluded.created",
          use(job.owner), use(submission.idempotency_key), use(work), use(accepted.id), use(created);
    }
    outcome = Submitted{accepted, !earlier};
  });
  return outcome;
}

std::optional<Job> SqlRepository::find(const std::string& id) {
  std::optional<Job> job;
  database_.read([&](session& sql) { job = by_id(sql, id); });
  return job;
}

std::vector<Job> SqlRepository::list(const Filter& filter) {
  const std::string state = filter.state ? name(*filter.state) : "";
  const std::string owner = filter.owner.value_or("");
  const int any_owner = filter.owner ? 0 : 1;
  std::string pattern = "%";
  for (const char c : filter.text) pattern += c == '%' || c == '_' || c == '\\' ? std::string{'\\', c} : std::string{c};
  pattern += '%';
  const auto limit = static_cast<long long>(filter.limit);
  std::vector<Job> jobs;
  database_.read([&](session& sql) {
    const soci::rowset<Job> rows =
        (sql.prepare << fmt::format("SELECT * FROM jobs WHERE parent = '' AND (:state = '' OR state = :state)"
                                    " AND (:any_owner = 1 OR owner = :owner) AND (:before = '' OR id < :before)"
                                    " AND (title {0} :text ESCAPE '\\' OR file_name {0} :text ESCAPE '\\')"
                                    " ORDER BY id DESC LIMIT :limit",
                                    database_.like()),
         use(state, "state"), use(any_owner, "any_owner"), use(owner, "owner"), use(filter.before, "before"),
         use(pattern, "text"), use(limit, "limit"));
    jobs.assign(rows.begin(), rows.end());
  });
  return jobs;
}

std::vector<Job> SqlRepository::formats_of(const std::string& id) {
  std::vector<Job> jobs;
  database_.read([&](session& sql) {
    const soci::rowset<Job> rows = (sql.prepare << "SELECT * FROM jobs WHERE parent = :id ORDER BY id", use(id));
    jobs.assign(rows.begin(), rows.end());
  });
  return jobs;
}

std::optional<Job> SqlRepository::done_with(const std::string& work_key) {
  std::optional<Job> found;
  database_.read([&](session& sql) {
    Job job;
    sql << "SELECT * FROM jobs WHERE work_key = :work AND state = 'done' AND output <> '' LIMIT 1", use(work_key),
        into(job);
    if (sql.got_data()) found = std::move(job);
  });
  return found;
}

std::optional<Job> SqlRepository::claim(const std::string& worker, core::Time now, core::Millis lease) {
  const long long moment = to_millis(now);
  std::optional<Job> claimed;
  database_.write([&](session& sql) {
    database_.hold(sql, "claim");
    Job job;
    sql << "SELECT * FROM jobs WHERE state = 'queued' AND not_before <= :now AND (input = '' OR NOT EXISTS"
           " (SELECT 1 FROM jobs AS other WHERE other.work_key = jobs.work_key AND other.state = 'running'))"
           " ORDER BY priority DESC, created, id LIMIT 1"
        << database_.for_update_of_free(),
        use(moment), into(job);
    if (!sql.got_data()) return;
    database_.hold(sql, "work " + job.work_key);
    if (equal_runs(sql, job)) return;
    auto taken = value_or_throw(jobs::claim(std::move(job), worker, now, lease));
    sql << update_sql, use(taken);
    claimed = std::move(taken);
  });
  return claimed;
}

Result<Job> SqlRepository::claim_one(const std::string& id, const std::string& worker, core::Time now,
                                     core::Millis lease) {
  Result<Job> outcome = std::unexpected(Error{Errc::not_found, fmt::format("{}: no such episode", id)});
  database_.write([&](session& sql) {
    auto job = by_id(sql, id, database_.for_update());
    if (!job) return;
    database_.hold(sql, "work " + job->work_key);
    if (job->state == State::queued && (job->not_before > now || equal_runs(sql, *job))) {
      outcome = std::unexpected(Error{Errc::busy, fmt::format("{}: is not to be taken up yet", id)});
      return;
    }
    outcome = jobs::claim(*std::move(job), worker, now, lease);
    if (outcome) sql << update_sql, use(*outcome);
  });
  return outcome;
}

Result<Job> SqlRepository::apply(const std::string& id, const std::function<Result<Job>(Job)>& change) {
  Result<Job> outcome = std::unexpected(Error{Errc::not_found, fmt::format("{}: no such episode", id)});
  database_.write([&](session& sql) {
    auto job = by_id(sql, id, database_.for_update());
    if (!job) return;
    outcome = change(*std::move(job));
    if (outcome) sql << update_sql, use(*outcome);
  });
  return outcome;
}

std::vector<std::string> SqlRepository::lapsed(core::Time now) {
  const long long moment = to_millis(now);
  std::vector<std::string> ids;
  database_.read([&](session& sql) {
    const soci::rowset<std::string> rows =
        (sql.prepare << "SELECT id FROM jobs WHERE state = 'running' AND lease_until <= :now", use(moment));
    ids.assign(rows.begin(), rows.end());
  });
  return ids;
}

bool SqlRepository::remove(const std::string& id) {
  bool found = false;
  database_.write([&](session& sql) {
    found = by_id(sql, id).has_value();
    sql << "DELETE FROM jobs WHERE id = :id OR parent = :id", use(id, "id");
    sql << "DELETE FROM idempotency WHERE job = :id", use(id);
  });
  return found;
}

Counts SqlRepository::counts() {
  Counts counts;
  database_.read([&](session& sql) {
    for (const auto state : {State::queued, State::running, State::done, State::failed, State::cancelled}) {
      const std::string text = name(state);
      long long count = 0;
      sql << "SELECT count(*) FROM jobs WHERE state = :state", use(text), into(count);
      counts.by_state[state] = count;
    }
    long long oldest = 0;
    sql << "SELECT coalesce(min(created), 0) FROM jobs WHERE state = 'queued'", into(oldest);
    if (oldest != 0) counts.oldest_queued = core::from_millis(oldest);
  });
  return counts;
}

bool SqlRepository::uses_blob(const std::string& blob) {
  long long count = 0;
  database_.read([&](session& sql) {
    sql << "SELECT CASE WHEN EXISTS (SELECT 1 FROM jobs WHERE input = :b) OR EXISTS (SELECT 1 FROM jobs WHERE output ="
           " :b) OR EXISTS (SELECT 1 FROM jobs WHERE report = :b) THEN 1 ELSE 0 END",
        use(blob, "b"), into(count);
  });
  return count > 0;
}

std::vector<std::string> SqlRepository::with_input_before(core::Time ended) {
  const long long moment = to_millis(ended);
  std::vector<std::string> ids;
  database_.read([&](session& sql) {
    const soci::rowset<std::string> rows =
        (sql.prepare << "SELECT id FROM jobs WHERE state = 'done' AND input <> '' AND updated < :before", use(moment));
    ids.assign(rows.begin(), rows.end());
  });
  return ids;
}

std::vector<std::string> SqlRepository::failed_before(core::Time ended) {
  const long long moment = to_millis(ended);
  std::vector<std::string> ids;
  database_.read([&](session& sql) {
    const soci::rowset<std::string> rows =
        (sql.prepare << "SELECT id FROM jobs WHERE state IN ('failed', 'cancelled') AND updated < :before",
         use(moment));
    ids.assign(rows.begin(), rows.end());
  });
  return ids;
}

void SqlRepository::forget_keys(core::Time before) {
  const long long moment = to_millis(before);
  database_.write([&](session& sql) { sql << "DELETE FROM idempotency WHERE created < :before", use(moment); });
}

void SqlRepository::check() {
  database_.write([](session& sql) {
    sql << "INSERT INTO idempotency VALUES ('', '', '', '', 0) ON CONFLICT (owner, name) DO UPDATE SET created = 0";
    sql << "DELETE FROM idempotency WHERE owner = '' AND name = ''";
  });
}

}  // namespace chasqui::jobs
