#pragma once

#include "audio/conditioner.hpp"
#include "compress/judge.hpp"
#include "compress/rate_search.hpp"
#include "core/thread_pool.hpp"
#include "quality/window_scores.hpp"

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::compress {

/// Segments are searched each on its own; windows of the whole stream lie elsewhere, and reach over joins. This hears
/// the stream as it will be shipped, gives the sound under windows below the target more bits, and hears it again, at
/// most three times. Segments that windows still leave below are marked so. Gives the windows of the stream as it is
/// then. `options_of` tells the target and the highest bitrate of a segment. Probes are counted.
std::vector<quality::WindowScore> mend_stream(const audio::ConditionedEpisode& episode, const Judge& judge,
                                              core::ThreadPool& pool,
                                              const std::function<SearchOptions(const Found&)>& options_of,
                                              const std::stop_token& stop, std::span<Found> found);

}  // namespace chasqui::compress
