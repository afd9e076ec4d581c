#pragma once

#include "audio/conditioner.hpp"
#include "compress/segment_encoder.hpp"
#include "core/thread_pool.hpp"

#include <chasqui/compress.hpp>
#include <cstdint>
#include <functional>

namespace chasqui::compress {

/// Encodes an episode with as few bytes as let every window of every segment reach options.quality, as measured through
/// the listener's decoder. One bandwidth for the episode: the one that comes out smaller on a sample of it. Windows
/// that reach over joins are judged too. `take` gets the segments in order, on the calling thread, when all are found.
/// The outcome does not depend on the size of the pool.
void encode_to_quality(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool,
                       const std::function<void(const EncodedSegment&)>& take);

}  // namespace chasqui::compress
