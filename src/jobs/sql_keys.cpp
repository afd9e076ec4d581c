#include "jobs/sql_keys.hpp"

#include <soci/soci.h>

namespace soci {

template <>
struct type_conversion<chasqui::jobs::Key> {
  using base_type = values;

  static void from_base(const values& row, indicator, chasqui::jobs::Key& key) {
    using chasqui::core::from_millis;
    key.id = row.get<std::string>("id");
    key.label = row.get<std::string>("label");
    key.hash = row.get<std::string>("hash");
    if (auto scopes = chasqui::jobs::scopes_named(row.get<std::string>("scopes"))) key.scopes = *std::move(scopes);
    key.created = from_millis(row.get<long long>("created"));
    if (const auto expires = row.get<long long>("expires"); expires != 0) key.expires = from_millis(expires);
    if (const auto revoked = row.get<long long>("revoked"); revoked != 0) key.revoked = from_millis(revoked);
  }
};

}  // namespace soci

namespace chasqui::jobs {

void SqlKeys::add(const Key& key) {
  const auto scopes = text(key.scopes);
  const long long created = core::to_millis(key.created);
  const long long expires = key.expires ? core::to_millis(*key.expires) : 0;
  database_.write([&](soci::session& sql) {
    sql << "INSERT INTO access_keys VALUES (:id, :label, :hash, :scopes, :created, :expires, 0)", soci::use(key.id),
        soci::use(key.label), soci::use(key.hash), soci::use(scopes), soci::use(created), soci::use(expires);
  });
}

std::vector<Key> SqlKeys::list() {
  std::vector<Key> keys;
  database_.read([&](soci::session& sql) {
    const soci::rowset<Key> rows = (sql.prepare << "SELECT * FROM access_keys ORDER BY created, id");
    keys.assign(rows.begin(), rows.end());
  });
  return keys;
}

std::optional<Key> SqlKeys::find(const std::string& id) {
  std::optional<Key> found;
  database_.read([&](soci::session& sql) {
    Key key;
    sql << "SELECT * FROM access_keys WHERE id = :id", soci::use(id), soci::into(key);
    if (sql.got_data()) found = std::move(key);
  });
  return found;
}

bool SqlKeys::revoke(const std::string& id, core::Time now) {
  const long long moment = core::to_millis(now);
  bool done = false;
  database_.write([&](soci::session& sql) {
    soci::statement statement = (sql.prepare << "UPDATE access_keys SET revoked = :now WHERE id = :id AND revoked = 0",
                                 soci::use(moment), soci::use(id));
    statement.execute(true);
    done = statement.get_affected_rows() == 1;
  });
  return done;
}

}  // namespace chasqui::jobs
