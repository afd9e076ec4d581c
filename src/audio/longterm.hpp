#pragma once

#include "audio/segment.hpp"

#include <span>

namespace chasqui::audio {

/// Fills the features that describe the long-term power spectrum `power` (bins of 25 Hz from 0 to 24 kHz, any scale)
/// of the active frames: centroid, roll-off, bandwidth, tilt and the shares of the bands. All 0 when there is no power.
void describe_longterm(std::span<const double> power, Features& features);

}  // namespace chasqui::audio
