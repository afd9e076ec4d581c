#pragma once

#include "core/unique_fd.hpp"

#include <cstdint>
#include <filesystem>

namespace chasqui::store {

/// The folder that a service keeps everything in. One process at a time owns it:
///   chasqui.db   episodes, keys          blobs/     recordings and results by content
///   uploads/     uploads under way       work/      results that are being made; emptied at start
///   corrupt/     damaged files set aside               cache/     blobs that are on S3, to be read here
///   models/      copies of those that are on S3; made when there is one
class DataFolder {
 public:
  /// Makes what is missing, for this user alone, and takes the lock. Throws Failure: output_unwritable; conflict when
  /// another process owns it.
  explicit DataFolder(std::filesystem::path root);

  [[nodiscard]] std::filesystem::path database() const { return root_ / "chasqui.db"; }
  [[nodiscard]] std::filesystem::path blobs() const { return root_ / "blobs"; }
  [[nodiscard]] std::filesystem::path cache() const { return root_ / "cache"; }
  [[nodiscard]] std::filesystem::path models() const { return root_ / "models"; }
  [[nodiscard]] std::filesystem::path uploads() const { return root_ / "uploads"; }
  [[nodiscard]] std::filesystem::path work() const { return root_ / "work"; }
  [[nodiscard]] std::filesystem::path corrupt() const { return root_ / "corrupt"; }
  /// Room left on its filesystem; 0 when it cannot be asked.
  [[nodiscard]] std::uint64_t free_bytes() const;

 private:
  std::filesystem::path root_;
  core::UniqueFd lock_;
};

}  // namespace chasqui::store
