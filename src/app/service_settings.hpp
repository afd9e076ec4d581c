#pragma once

#include "core/config.hpp"
#include "core/log.hpp"
#include "feed/fetcher.hpp"
#include "server/settings.hpp"
#include "store/s3_blob_store.hpp"
#include "worker/worker.hpp"

#include <filesystem>
#include <stop_token>

namespace chasqui::app {

/// `data.folder`; throws Failure(usage) when none is named.
std::filesystem::path data_folder(const core::Config& config);

core::LogFormat log_format(const core::Config& config);
server::Settings server_settings(const core::Config& config);
feed::FetchLimits fetch_limits(const core::Config& config);
store::S3BlobSettings s3_settings(const core::Config& config, std::stop_token stop);
/// `work`: folder for results that are being made.
worker::Settings worker_settings(const core::Config& config, std::filesystem::path work);

}  // namespace chasqui::app
