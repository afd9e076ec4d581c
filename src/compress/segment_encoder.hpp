#pragma once

#include "audio/conditioner.hpp"
#include "compress/segment_sound.hpp"
#include "opus/encoder.hpp"

#include <cstddef>
#include <optional>
#include <stop_token>
#include <vector>

namespace chasqui::compress {

/// What listening to a segment said.
struct Judged {
  double worst_mos = 0;     ///< of its windows; 0: none was scored, there is too little speech
  bool reached = true;      ///< the quality asked for, over its joins too
  int probes = 0;           ///< how often it was encoded
  double guessed_kbps = 0;  ///< bitrate that the model gave; 0: there was none
  double found_kbps = 0;    ///< mean of what it is encoded at
};

/// One segment as it goes into the file.
struct EncodedSegment {
  opus::EncoderSettings settings;
  std::vector<opus::Packet> packets;  ///< joined, unless the bitrate is constant
  std::optional<Judged> judged;
};

/// How the decoder stands after `before` when `now` begins. Where libopus chooses the mode, nobody knows in which one
/// the packet before will be.
opus::Onset onset_after(const opus::EncoderSettings& before, const opus::EncoderSettings& now) noexcept;

/// Segment `index` by one of `encoders`, primed with the sound before it. The last segment is carried on with silence
/// until pre-skip and the last sample are covered by whole frames. Pure: segments may be encoded in any order and at
/// the same time. Throws Failure(cancelled) soon after a stop request.
EncodedSegment encode_segment(const audio::ConditionedEpisode& episode, std::size_t index,
                              const opus::WarmEncoders& encoders, const opus::EncoderSettings& settings,
                              opus::Onset onset, const std::stop_token& stop);
EncodedSegment encode_segment(const SegmentSound& sound, const opus::WarmEncoders& encoders,
                              const opus::EncoderSettings& settings, opus::Onset onset, const std::stop_token& stop);

}  // namespace chasqui::compress
