#pragma once

#include "audio/conditioner.hpp"
#include "opus/encoder.hpp"

#include <cstddef>
#include <vector>

namespace chasqui::compress {

/// One segment as it goes into the file.
struct EncodedSegment {
  opus::EncoderSettings settings;
  std::vector<opus::Packet> packets;  ///< joined, unless the bitrate is constant
};

/// How the decoder stands after `before` when `now` begins. Where libopus chooses the mode, nobody knows in which one
/// the packet before will be.
opus::Onset onset_after(const opus::EncoderSettings& before, const opus::EncoderSettings& now) noexcept;

/// Segment `index` by a fresh encoder primed with the sound before it. The last segment is carried on with silence
/// until pre-skip and the last sample are covered by whole frames. Pure: segments may be encoded in any order and at
/// the same time.
EncodedSegment encode_segment(const audio::ConditionedEpisode& episode, std::size_t index,
                              const opus::EncoderSettings& settings, opus::Onset onset);

}  // namespace chasqui::compress
