#pragma once

#include "jobs/encode_options.hpp"
#include "jobs/job.hpp"
#include "store/blob_store.hpp"

#include <chasqui/compress.hpp>
#include <filesystem>
#include <functional>
#include <stop_token>

namespace chasqui::worker {

/// What a job asks for, on top of what the configuration says (`base`: threads, model, decoder, default bitrate).
CompressOptions options_for(const jobs::EncodeOptions& asked, const CompressOptions& base);

/// Compresses the recording of `job` in a folder of its own below `work` and puts result and report into `blobs`.
/// Nothing is left in `work`. Throws Failure, as compress_file does; storage_corrupt when the recording is damaged.
jobs::Outcome compress(const jobs::Job& job, store::BlobStore& blobs, const std::filesystem::path& work,
                       const CompressOptions& base, const std::stop_token& stop,
                       const std::function<void(double)>& on_progress);

}  // namespace chasqui::worker
