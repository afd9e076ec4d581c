#pragma once

#include "audio/segment.hpp"
#include "audio/spectrum.hpp"

#include <span>

namespace chasqui::audio {

/// Fills the features from modulation_share to beat_strength, from the envelopes of measure_spectrum and the pitch of
/// measure_pitch (0 where unvoiced).
void measure_modulation(const SpectrumTrack& spectrum, std::span<const float> pitch_track, Features& features);

}  // namespace chasqui::audio
