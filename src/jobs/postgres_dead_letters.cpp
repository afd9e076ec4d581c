#include "jobs/postgres_dead_letters.hpp"

#include "core/log.hpp"

#include <fmt/format.h>

#include <soci/soci.h>

namespace chasqui::jobs {

using soci::into;
using soci::use;

void PostgresDeadLetters::add(const DeadLetter& letter) {
  constexpr std::size_t most_body = 1000;
  const long long received = core::to_millis(letter.received);
  std::string body;  // it may be anything, and a text in the database may not
  for (const char c : core::printable(letter.body, most_body)) body += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  database_.write([&](soci::session& sql) {
    sql << "INSERT INTO dead_letters (received, queue, reason, body) VALUES (:received, :queue, :reason, :body)",
        use(received), use(letter.queue), use(letter.reason), use(body);
  });
}

std::vector<DeadLetter> PostgresDeadLetters::list(std::size_t most) {
  std::vector<DeadLetter> letters;
  const auto limit = static_cast<long long>(most);
  database_.read([&](soci::session& sql) {
    letters.clear();
    const soci::rowset<soci::row> rows =
        (sql.prepare << "SELECT id, received, queue, reason, body FROM dead_letters ORDER BY id DESC LIMIT :limit",
         use(limit));
    for (const auto& row : rows)
      letters.push_back({row.get<long long>(0), core::from_millis(row.get<long long>(1)), row.get<std::string>(2),
                         row.get<std::string>(3), row.get<std::string>(4)});
  });
  return letters;
}

Result<void> PostgresDeadLetters::replay(std::int64_t id) {
  const long long number = id;
  Result<void> outcome;
  database_.write([&](soci::session& sql) {
    std::string body;
    sql << "SELECT body FROM dead_letters WHERE id = :id FOR UPDATE", use(number), into(body);
    if (!sql.got_data()) {
      outcome = std::unexpected(Error{Errc::not_found, fmt::format("{}: no such dead letter", id)});
      return;
    }
    soci::statement statement = (sql.prepare << "INSERT INTO outbox (job, priority, not_before, request)"
                                                " SELECT id, priority, not_before, request FROM jobs"
                                                " WHERE id = :job AND state = 'queued'",
                                 use(body));
    statement.execute(true);
    if (statement.get_affected_rows() != 1) {
      outcome =
          std::unexpected(Error{Errc::conflict, fmt::format("{}: names no job that waits; remove it instead", id)});
      return;
    }
    sql << "DELETE FROM dead_letters WHERE id = :id", use(number);
  });
  return outcome;
}

bool PostgresDeadLetters::remove(std::int64_t id) {
  const long long number = id;
  bool found = false;
  database_.write([&](soci::session& sql) {
    soci::statement statement = (sql.prepare << "DELETE FROM dead_letters WHERE id = :id", use(number));
    statement.execute(true);
    found = statement.get_affected_rows() == 1;
  });
  return found;
}

std::int64_t PostgresDeadLetters::count() {
  long long found = 0;
  database_.read([&](soci::session& sql) { sql << "SELECT count(*) FROM dead_letters", into(found); });
  return found;
}

}  // namespace chasqui::jobs
