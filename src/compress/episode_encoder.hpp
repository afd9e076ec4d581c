#pragma once

#include "audio/conditioner.hpp"
#include "compress/segment_encoder.hpp"
#include "core/thread_pool.hpp"

#include <chasqui/compress.hpp>
#include <functional>

namespace chasqui::compress {

/// Encodes all segments in parallel, at options.bitrate_kbps or to options.quality; `take` gets them in order, on the
/// calling thread. The outcome does not depend on the size of the pool. Throws Failure(cancelled) on a stop request.
void encode_episode(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool,
                    const std::function<void(const EncodedSegment&)>& take);

}  // namespace chasqui::compress
