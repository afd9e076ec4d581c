#pragma once

#include "core/clock.hpp"
#include "core/unique_fd.hpp"
#include "store/blob_store.hpp"

#include <chasqui/error.hpp>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace chasqui::store {

/// One resumable upload. What is known of it stands in a small file beside its bytes; how many bytes there are is the
/// size of the file that holds them, so that nothing can disagree after a crash.
struct Upload {
  std::string id;
  std::string owner;  ///< of the key that made it; empty without one
  std::uint64_t length = 0;
  std::uint64_t offset = 0;
  bool partial = false;                         ///< a piece for concatenation
  std::vector<std::string> parts;               ///< ids that this one was joined from
  std::map<std::string, std::string> metadata;  ///< as sent, decoded
  core::Time expires;
  std::string result;  ///< what it became, e.g. an episode's id; empty while under way
};

/// For any thread, and for several processes on one folder; `lock` keeps two requests from writing to one upload.
class UploadStore {
 public:
  explicit UploadStore(std::filesystem::path folder);

  /// Holds an upload for one request.
  class Lock {
   public:
    Lock(UploadStore& store, std::string id) : store_(&store), id_(std::move(id)) {}
    Lock(Lock&& other) noexcept
        : store_(std::exchange(other.store_, nullptr)), id_(std::move(other.id_)), file_(std::move(other.file_)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock();

   private:
    friend UploadStore;
    UploadStore* store_;
    std::string id_;
    core::UniqueFd file_;  ///< its bytes, locked against other processes
  };
  /// Nothing when another request holds it.
  std::optional<Lock> lock(const std::string& id);

  /// Throws Failure (disk_full, output_unwritable), as the following do.
  void create(const Upload& upload);
  Result<Upload> find(const std::string& id) const;
  /// Writes at the end. Precondition: `offset` is the size of what is there.
  void append(const std::string& id, std::uint64_t offset, std::span<const std::byte> bytes);
  /// On disk when it returns.
  void sync(const std::string& id);
  /// Takes back what lies beyond `offset`: bytes whose checksum was wrong.
  void truncate(const std::string& id, std::uint64_t offset);
  /// Replaces what is known of it; its bytes stay.
  void update(const Upload& upload);
  /// The bytes of `id` go through `sink`, in blocks.
  void read(const std::string& id, const std::function<void(std::span<const std::byte>)>& sink) const;
  /// The file that holds the bytes.
  [[nodiscard]] std::filesystem::path bytes_path(const std::string& id) const { return folder_ / (id + ".part"); }
  /// The bytes go, what it became is still known.
  void drop_bytes(const std::string& id);
  void remove(const std::string& id);
  [[nodiscard]] std::vector<Upload> all() const;
  /// Of those that have expired. Answers how many were removed.
  std::size_t sweep(core::Time now);

 private:
  [[nodiscard]] std::filesystem::path facts_path(const std::string& id) const { return folder_ / (id + ".json"); }

  std::filesystem::path folder_;
  std::mutex mutex_;  // guards held_
  std::set<std::string> held_;
};

}  // namespace chasqui::store
