#pragma once

#include "core/config.hpp"
#include "store/blob_store.hpp"
#include "store/data_folder.hpp"

#include <memory>
#include <stop_token>

namespace chasqui::app {

/// The store that `data.blobs` names; after `stop` it waits for nothing that is out of reach. Throws Failure: config,
/// and what the store says when it cannot be used.
std::unique_ptr<store::BlobStore> open_blobs(const core::Config& config, const store::DataFolder& data,
                                             std::stop_token stop);

}  // namespace chasqui::app
