#pragma once

#include <filesystem>
#include <functional>
#include <memory>

namespace soci {
class session;
}

namespace chasqui::jobs {

/// The embedded database: SQLite in WAL mode, every commit on disk when it returns. For any thread; a few connections
/// are shared. What SQLite says becomes a Failure: busy (locked for longer than 5 s), disk_full, storage_corrupt
/// (naming the way out), output_unwritable, else internal.
class SqliteDatabase {
 public:
  /// Opens or makes it, checks that it is whole, and brings its tables to this version. A database of a later version
  /// is Errc::conflict.
  explicit SqliteDatabase(std::filesystem::path file);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  void read(const std::function<void(soci::session&)>& work);
  /// One transaction that nobody else writes beside; rolled back when `work` throws.
  void write(const std::function<void(soci::session&)>& work);

 private:
  struct Connections;
  std::filesystem::path file_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace chasqui::jobs
