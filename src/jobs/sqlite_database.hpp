#pragma once

#include "jobs/database.hpp"

#include <filesystem>
#include <memory>

namespace chasqui::jobs {

/// The embedded database: SQLite in WAL mode, every commit on disk when it returns. For any thread; a few connections
/// are shared. What SQLite says becomes a Failure: busy (locked for longer than 5 s), disk_full, storage_corrupt
/// (naming the way out), output_unwritable, else internal.
class SqliteDatabase final : public Database {
 public:
  /// Opens or makes it, checks that it is whole, and brings its tables to this version. A database of a later version
  /// is Errc::conflict.
  explicit SqliteDatabase(std::filesystem::path file);
  ~SqliteDatabase() override;

  void read(const std::function<void(soci::session&)>& work) override;
  /// Nobody else writes beside it, so that there is nothing to hold.
  void write(const std::function<void(soci::session&)>& work) override;
  [[nodiscard]] std::string_view for_update() const noexcept override { return ""; }
  [[nodiscard]] std::string_view for_update_of_free() const noexcept override { return ""; }
  [[nodiscard]] std::string_view like() const noexcept override { return "LIKE"; }
  void hold(soci::session& /*sql*/, const std::string& /*name*/) override {}

 private:
  struct Connections;
  std::filesystem::path file_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace chasqui::jobs
