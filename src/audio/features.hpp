#pragma once

#include <span>

#include "audio/segment.hpp"

namespace chasqui::audio {

/// Features of one piece of mono PCM at core::sample_rate_hz, in full-scale units (+-1). Any length, also 0 and digital
/// silence: every value is finite. Pure; about 1 ms per second of sound at most.
Features extract_features(std::span<const float> mono);

/// The class of a piece from its features, by documented thresholds.
SegmentClass classify(const Features& features) noexcept;

}  // namespace chasqui::audio
