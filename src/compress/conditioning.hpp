#pragma once

#include "audio/conditioner.hpp"
#include "core/thread_pool.hpp"

#include <chasqui/compress.hpp>
#include <filesystem>

namespace chasqui::compress {

/// Threads to compute with: as asked, else one per processor.
unsigned thread_count(const CompressOptions& options);

/// The decoder's share of the library's options.
audio::DecoderOptions decoder_options(const CompressOptions& options);

/// audio::condition with the library's options; progress as far as the container's declared length is true.
audio::ConditionedEpisode condition(const std::filesystem::path& input, const CompressOptions& options,
                                    core::ThreadPool& pool);

}  // namespace chasqui::compress
