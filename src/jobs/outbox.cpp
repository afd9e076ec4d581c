#include "jobs/outbox.hpp"

#include <fmt/format.h>

#include <soci/soci.h>

namespace chasqui::jobs {

using soci::use;

std::size_t Outbox::forward(std::size_t most, const std::function<void(const std::vector<Entry>&)>& publish) {
  std::vector<Entry> entries;
  database_.write([&](soci::session& sql) {
    const auto limit = static_cast<long long>(most);
    const soci::rowset<soci::row> rows =
        (sql.prepare
             << "SELECT seq, job, priority, not_before, request FROM outbox ORDER BY seq LIMIT :limit FOR UPDATE"
                " SKIP LOCKED",
         use(limit));
    for (const auto& row : rows)
      entries.push_back({row.get<long long>(0), row.get<std::string>(1), row.get<long long>(2),
                         core::from_millis(row.get<long long>(3)), row.get<std::string>(4)});
    if (entries.empty()) return;
    publish(entries);
    std::string sequence;
    for (const auto& entry : entries) sequence += fmt::format("{}{}", sequence.empty() ? "" : ",", entry.seq);
    sql << fmt::format("DELETE FROM outbox WHERE seq IN ({})", sequence);
  });
  return entries.size();
}

std::size_t Outbox::remind(core::Time before) {
  const long long moment = core::to_millis(before);
  std::size_t count = 0;
  database_.write([&](soci::session& sql) {
    soci::statement statement = (sql.prepare << "INSERT INTO outbox (job, priority, not_before, request)"
                                                " SELECT id, priority, not_before, request FROM jobs"
                                                " WHERE state = 'queued' AND not_before < :before AND updated < :before"
                                                " AND NOT EXISTS (SELECT 1 FROM outbox) ORDER BY created LIMIT 1000",
                                 use(moment, "before"));
    statement.execute(true);
    count = static_cast<std::size_t>(statement.get_affected_rows());
  });
  return count;
}

std::optional<core::Time> Outbox::oldest() {
  long long since = 0;
  database_.read([&](soci::session& sql) {
    sql << "SELECT coalesce(min(jobs.updated), 0) FROM outbox JOIN jobs ON jobs.id = outbox.job", soci::into(since);
  });
  return since == 0 ? std::nullopt : std::optional(core::from_millis(since));
}

}  // namespace chasqui::jobs
