#include "jobs/roster.hpp"

#include <soci/soci.h>

namespace chasqui::jobs {

using soci::use;

void Roster::declare(const Entry& entry) {
  constexpr std::chrono::seconds silent{60};
  const long long slots = entry.slots;
  const long long running = entry.running;
  const long long seen = core::to_millis(entry.seen);
  const long long gone = core::to_millis(entry.seen - silent);
  database_.write([&](soci::session& sql) {
    sql << "INSERT INTO workers (name, slots, running, version, seen) VALUES (:name, :slots, :running, :version, :seen)"
           " ON CONFLICT (name) DO UPDATE SET slots = excluded.slots, running = excluded.running, version ="
           " excluded.version, seen = excluded.seen",
        use(entry.name), use(slots), use(running), use(entry.version), use(seen);
    sql << "DELETE FROM workers WHERE seen < :gone", use(gone);
  });
}

void Roster::strike_off(const std::string& name) {
  database_.write([&](soci::session& sql) { sql << "DELETE FROM workers WHERE name = :name", use(name); });
}

std::vector<Roster::Entry> Roster::list() {
  std::vector<Entry> entries;
  database_.read([&](soci::session& sql) {
    entries.clear();
    const soci::rowset<soci::row> rows =
        (sql.prepare << "SELECT name, slots, (SELECT count(*) FROM jobs WHERE jobs.state = 'running' AND"
                        " jobs.worker = workers.name), version, seen FROM workers ORDER BY name");
    for (const auto& row : rows)
      entries.push_back({row.get<std::string>(0), row.get<long long>(1), row.get<long long>(2), row.get<std::string>(3),
                         core::from_millis(row.get<long long>(4))});
  });
  return entries;
}

}  // namespace chasqui::jobs
