#pragma once

#include "core/config.hpp"
#include "store/blob_store.hpp"
#include "store/data_folder.hpp"

#include <filesystem>
#include <memory>
#include <stop_token>

namespace chasqui::app {

/// Where bytes are: in the folder of this process, or with `service.shared_folder` in one that all processes of a
/// cluster see, or on S3. What is being made is then made there, too, in a folder of this process, so that it can be
/// adopted. Uploads under way are in the shared folder, if there is one, also with S3.
class Storage {
 public:
  /// Throws Failure: usage, output_unwritable, conflict.
  Storage(const core::Config& config, std::stop_token stop);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  [[nodiscard]] store::BlobStore& blobs() noexcept { return *blobs_; }
  [[nodiscard]] const store::DataFolder& data() const noexcept { return data_; }
  [[nodiscard]] const std::filesystem::path& work() const noexcept { return work_; }
  [[nodiscard]] const std::filesystem::path& uploads() const noexcept { return uploads_; }
  /// On the filesystem where blobs go.
  [[nodiscard]] std::uint64_t free_bytes() const;

 private:
  store::DataFolder data_;
  std::filesystem::path shared_, work_, uploads_;
  core::UniqueFd work_lock_;
  std::unique_ptr<store::BlobStore> blobs_;
};

}  // namespace chasqui::app
