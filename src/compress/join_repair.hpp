#pragma once

#include "compress/rate_search.hpp"

#include <cstddef>

namespace chasqui::compress {

/// Segments are searched each on its own. This decodes two neighbours as the listener does, one after the other, scores
/// the windows that reach over their join, and gives the sound around it more bits until these are at the target too.
/// `left` is segment `index`. Probes are counted; what cannot be reached is marked on both.
void mend_join(const audio::ConditionedEpisode& episode, std::size_t index, const Judge& judge,
               const SearchOptions& options, Found& left, Found& right);

}  // namespace chasqui::compress
