#pragma once

#include "jobs/database.hpp"
#include "jobs/key.hpp"

namespace chasqui::jobs {

/// Keys in a database, which must outlive this.
class SqlKeys final : public KeyRepository {
 public:
  explicit SqlKeys(Database& database) : database_(database) {}

  void add(const Key& key) override;
  std::vector<Key> list() override;
  std::optional<Key> find(const std::string& id) override;
  bool revoke(const std::string& id, core::Time now) override;

 private:
  Database& database_;
};

}  // namespace chasqui::jobs
