#pragma once

#include "audio/conditioner.hpp"
#include "compress/found.hpp"
#include "compress/judge.hpp"
#include "core/thread_pool.hpp"
#include "opus/warm_encoders.hpp"
#include "quality/window_scores.hpp"

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::compress {

/// What is done between two hearings of a stream.
struct StreamSearch {
  int passes = 1;  ///< in which bitrates rise and sink; after these they only rise where a window is below the goal
  std::function<void(double share)> progress;  ///< of the first pass; may be empty
  std::stop_token stop;
};

/// Hears the stream of an episode as it would be shipped, changes the bitrates under windows that lack something or
/// have it to spare, and hears it again, until nothing lacks or nothing helps. Windows over joins count as all others.
/// `found` are all segments after their first probe, and end with what the windows over them came to. Gives the windows
/// of the stream. The outcome does not depend on the size of the pool. Throws Failure(cancelled) on a stop request.
std::vector<quality::WindowScore> search_stream(const audio::ConditionedEpisode& episode, const Judge& judge,
                                                const opus::WarmEncoders& encoders, core::ThreadPool& pool,
                                                const StreamSearch& search, std::span<Found> found);

}  // namespace chasqui::compress
