#include "app/blob_backend.hpp"

#include "app/service_settings.hpp"
#include "store/file_blob_store.hpp"
#include "store/s3_blob_store.hpp"

#include <utility>

namespace chasqui::app {

std::unique_ptr<store::BlobStore> open_blobs(const core::Config& config, const store::DataFolder& data,
                                             std::stop_token stop) {
  if (config.text("data.blobs") == "s3")
    return std::make_unique<store::S3BlobStore>(s3_settings(config, std::move(stop)), data.cache(), data.corrupt());
  return std::make_unique<store::FileBlobStore>(data.blobs(), data.corrupt());
}

}  // namespace chasqui::app
