#pragma once

#include "audio/segment.hpp"

#include <span>

namespace chasqui::audio {

/// Fills the features that describe the long-term power spectrum `power` (bins of 25 Hz from 0 to 24 kHz, any scale)
/// of the active frames: centroid, roll-off, tilt and the shares of the bands. All 0 when there is no power.
void describe_longterm(std::span<const double> power, Features& features);

/// Bands of 125 Hz, in bins of 25 Hz, up to 24 kHz.
inline constexpr std::size_t coarse_width = 5;
inline constexpr std::size_t coarse_count = 192;

/// Fills the bandwidth from the powers of the coarse bands of every active frame, frame after frame: from their 95th
/// percentiles, so that sounds that come seldom count and single clicks do not.
void describe_bandwidth(std::span<const float> power, Features& features);

}  // namespace chasqui::audio
