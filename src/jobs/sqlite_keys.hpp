#pragma once

#include "jobs/key.hpp"
#include "jobs/sqlite_database.hpp"

namespace chasqui::jobs {

/// Keys in the embedded database, which must outlive this.
class SqliteKeys final : public KeyRepository {
 public:
  explicit SqliteKeys(SqliteDatabase& database) : database_(database) {}

  void add(const Key& key) override;
  std::vector<Key> list() override;
  std::optional<Key> find(const std::string& id) override;
  bool revoke(const std::string& id, core::Time now) override;

 private:
  SqliteDatabase& database_;
};

}  // namespace chasqui::jobs
