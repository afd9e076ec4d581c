#pragma once

#include "audio/conditioner.hpp"
#include "compress/segment_encoder.hpp"
#include "core/thread_pool.hpp"
#include "model/predictor.hpp"
#include "quality/window_scores.hpp"

#include <chasqui/compress.hpp>
#include <cstdint>
#include <functional>
#include <vector>

namespace chasqui::compress {

/// Encodes an episode with as few bytes as let every window of every segment reach options.quality, as measured through
/// the listener's decoder. One bandwidth for the episode, but for a few segments that need a wider one. A predictor, if
/// there is one, says which and where to begin with each segment; else that is learnt from a sample of them, which
/// takes longer and ends at about the same. Windows that reach over joins are judged too. `take` gets the segments in
/// order, on the calling thread, when all are found. The outcome does not depend on the size of the pool. Gives the
/// windows of the whole stream, as final_check hears it.
std::vector<quality::WindowScore> encode_to_quality(const audio::ConditionedEpisode& episode,
                                                    const CompressOptions& options, core::ThreadPool& pool,
                                                    const model::Predictor* predictor,
                                                    const std::function<void(const EncodedSegment&)>& take);

}  // namespace chasqui::compress
