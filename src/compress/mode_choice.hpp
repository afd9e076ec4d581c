#pragma once

#include "compress/segment_encoder.hpp"
#include "compress/segment_probe.hpp"

namespace chasqui::compress {

/// Whether only listening can tell if SILK or CELT codes a segment better: wideband sound that is not plain speech, at
/// a variable bitrate.
bool mode_is_open(const opus::EncoderSettings& settings) noexcept;

/// A segment in SILK, or in CELT where that is heard to be better at the same size. Begins as after a segment of SILK.
EncodedSegment encode_in_better_mode(const SegmentProber& prober, const opus::EncoderSettings& settings);

}  // namespace chasqui::compress
