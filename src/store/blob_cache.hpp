#pragma once

#include "store/file_blob_store.hpp"

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace chasqui::store {

/// Copies of blobs on disk: what was used longest ago goes when there is more than `most_bytes`. Nothing here is
/// needed: a copy that is damaged or gone is fetched again. For any thread.
class BlobCache {
 public:
  /// Folders as of FileBlobStore. What is there from an earlier process is used.
  BlobCache(const std::filesystem::path& folder, std::filesystem::path corrupt, std::uint64_t most_bytes);

  /// Null when there is no good copy.
  std::shared_ptr<const OpenBlob> open(const BlobId& id);
  /// Takes an open file without a name, whose bytes are those of `id`.
  void add(int file, const BlobId& id);
  void remove(const BlobId& id);
  [[nodiscard]] std::uint64_t bytes() const { return files_.used_bytes(); }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  void use(const BlobId& id);
  void shrink();

  std::filesystem::path folder_;
  FileBlobStore files_;
  std::uint64_t most_bytes_;
  std::mutex mutex_;         // guards order_, places_
  std::list<BlobId> order_;  // last used first
  std::unordered_map<BlobId, std::list<BlobId>::iterator> places_;
};

}  // namespace chasqui::store
