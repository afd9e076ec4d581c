#pragma once

#include "core/clock.hpp"
#include "store/blob_cache.hpp"
#include "store/blob_store.hpp"
#include "store/s3_client.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>

namespace chasqui::store {

/// How blobs on S3 are kept and given out.
struct S3BlobSettings {
  S3Settings s3;
  std::uint64_t cache_bytes = 1ULL << 30;
  bool links = false;                       ///< whether it gives links
  std::chrono::seconds link_lifetime{900};  ///< at most a week
};

/// Blobs as objects PREFIX/blobs/abcdef... of a bucket; damaged ones are moved to PREFIX/corrupt/. What is read goes
/// through a folder of copies, so that others see a file. A blob that is put again is stored again: that mends one that
/// was damaged, and makes it new for a sweep.
class S3BlobStore final : public BlobStore {
 public:
  /// Folders as of FileBlobStore. Lists what there is, which shows whether the settings are right; throws
  /// Failure(config). A server that is out of reach is no failure yet; see `check`.
  S3BlobStore(const S3BlobSettings& settings, const std::filesystem::path& cache, std::filesystem::path corrupt,
              core::Clock clock = core::system_clock());

  std::unique_ptr<BlobWriter> create() override;
  BlobFacts adopt(const std::filesystem::path& file) override;
  Result<BlobFacts> stat(const BlobId& id) override;
  Result<std::shared_ptr<const OpenBlob>> open(const BlobId& id) override;
  void remove(const BlobId& id) override;
  /// Also gives up uploads in pieces that were begun before `before` and have not ended.
  std::size_t sweep(const std::function<bool(const BlobId&)>& wanted, core::Time before) override;
  [[nodiscard]] bool gives_links() const override { return settings_.links; }
  [[nodiscard]] std::string link_to(const BlobId& id, const Presentation& presentation) const override;
  /// As counted at the start and by each sweep, and by what this process did since.
  [[nodiscard]] std::uint64_t used_bytes() const override { return used_; }

  /// Throws Failure(busy) until what there is was listed. Tries once, however long operations try.
  void check() override;

  [[nodiscard]] std::string key(const BlobId& id) const { return settings_.s3.prefix + "blobs/" + id; }
  [[nodiscard]] const BlobCache& cache() const noexcept { return cache_; }

 private:
  friend class S3BlobWriter;
  class Held;
  BlobFacts put(int file, const BlobId& id, std::uint64_t bytes);
  Result<std::shared_ptr<const OpenBlob>> fetch(const BlobId& id);
  void set_aside(const BlobId& id, std::uint64_t bytes);
  void less_used(std::uint64_t bytes);

  S3BlobSettings settings_;
  S3Client client_;
  BlobCache cache_;
  core::Clock clock_;
  std::atomic<std::uint64_t> used_{0};
  std::atomic<bool> counted_{false};
  std::mutex counting_;  // held by who lists for `check`
  std::mutex mutex_;     // guards held_
  std::condition_variable released_;
  std::set<BlobId> held_;  // by a thread that puts, fetches or removes it
};

}  // namespace chasqui::store
