#pragma once

#include "store/blob_store.hpp"

#include <atomic>
#include <list>
#include <mutex>
#include <unordered_map>

namespace chasqui::store {

/// Blobs as files: FOLDER/ab/abcdef..., written without a name, synced, then linked. A file is hashed when it is opened
/// for the first time, and again whenever the kernel says that it changed since (inode, size, times).
class FileBlobStore final : public BlobStore {
 public:
  /// `folder`, `corrupt`: on one filesystem; damaged files are moved to `corrupt`.
  FileBlobStore(std::filesystem::path folder, std::filesystem::path corrupt);

  std::unique_ptr<BlobWriter> create() override;
  BlobFacts adopt(const std::filesystem::path& file) override;
  Result<std::shared_ptr<const OpenBlob>> open(const BlobId& id) override;
  Result<BlobFacts> stat(const BlobId& id) override;
  void remove(const BlobId& id) override;
  std::size_t sweep(const std::function<bool(const BlobId&)>& wanted, core::Time before) override;
  [[nodiscard]] std::uint64_t used_bytes() const override { return used_; }

  /// Gives an open file without a name, whose bytes are those of `id`, that name.
  BlobFacts link(int file, const BlobId& id);
  /// Of the file of a blob, which may not exist.
  [[nodiscard]] std::filesystem::path path(const BlobId& id) const;

 private:
  struct Identity {
    std::uint64_t inode, size;
    std::int64_t changed_ns, modified_ns;
    bool operator==(const Identity&) const = default;
  };
  static Identity identity(int file);
  bool known_good(const BlobId& id, const Identity& identity);
  void remember(const BlobId& id, const Identity& identity);
  void forget(const BlobId& id);

  std::filesystem::path folder_, corrupt_;
  std::atomic<std::uint64_t> used_{0};
  std::mutex mutex_;  // guards checked_, order_
  std::list<BlobId> order_;
  std::unordered_map<BlobId, std::pair<Identity, std::list<BlobId>::iterator>> checked_;
};

}  // namespace chasqui::store
