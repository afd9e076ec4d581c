#pragma once

#include "audio/conditioner.hpp"
#include "compress/early_segments.hpp"
#include "compress/segment_encoder.hpp"
#include "core/thread_pool.hpp"
#include "model/predictor.hpp"
#include "quality/window_scores.hpp"

#include <chasqui/compress.hpp>
#include <functional>
#include <vector>

namespace chasqui::compress {

/// Encodes all segments in parallel, at options.bitrate_kbps, of which some may have been encoded `early` (may be
/// null), or to options.quality, for which `predictor` may guess (it may be null); `take` gets them in order, on the
/// calling thread. Gives the windows of the whole stream where a quality was asked for. The outcome does not depend on
/// the size of the pool. Throws Failure(cancelled) on a stop request.
std::vector<quality::WindowScore> encode_episode(const audio::ConditionedEpisode& episode,
                                                 const CompressOptions& options, core::ThreadPool& pool,
                                                 const model::Predictor* predictor, EarlySegments* early,
                                                 const std::function<void(const EncodedSegment&)>& take);

}  // namespace chasqui::compress
