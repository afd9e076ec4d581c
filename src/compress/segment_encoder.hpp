#pragma once

#include "audio/conditioner.hpp"
#include "opus/encoder.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::compress {

/// The joined packets of segment `index`, by a fresh encoder primed with the sound before it; `plan` has the settings
/// of every segment. The last segment is carried on with silence until pre-skip and the last sample are covered by
/// whole frames. Pure: segments may be encoded in any order and at the same time.
std::vector<opus::Packet> encode_segment(const audio::ConditionedEpisode& episode, std::size_t index,
                                         std::span<const opus::EncoderSettings> plan);

}  // namespace chasqui::compress
