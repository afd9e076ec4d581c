#pragma once

#include "audio/conditioner.hpp"
#include "core/thread_pool.hpp"

#include <chasqui/compress.hpp>
#include <filesystem>
#include <functional>

namespace chasqui::compress {

/// Whether bitrates are searched for, not given.
bool is_searched(const CompressOptions& options) noexcept;

/// Of segments whose bitrates are searched for: what a short one needs is one thing, and less is done again when it was
/// guessed wrong. Much shorter ones have more windows over joins than of their own.
inline constexpr audio::PieceLength searched_length{
    .preferred_from_s = 4, .preferred_to_s = 7, .penalty_per_s_beyond = 0.175F};

/// Threads to compute with: as asked, else one per processor.
unsigned thread_count(const CompressOptions& options);

/// The decoder's share of the library's options.
audio::DecoderOptions decoder_options(const CompressOptions& options);

/// Throws Failure(usage) for what cannot be done to sound that is not conditioned.
void check_conditioning(const CompressOptions& options);

/// audio::condition with the library's options; progress as far as the container's declared length is true.
/// `on_segment`, `on_source`: see audio::ConditionOptions.
audio::ConditionedEpisode condition(const std::filesystem::path& input, const CompressOptions& options,
                                    core::ThreadPool& pool, const audio::PieceLength& segment_length = {},
                                    const audio::SegmentListener& on_segment = {},
                                    const audio::SourceListener& on_source = {});

}  // namespace chasqui::compress
