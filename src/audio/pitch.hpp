#pragma once

#include "audio/level.hpp"
#include "audio/segment.hpp"

#include <span>
#include <vector>

namespace chasqui::audio {

/// Fills the features from pitch_hz to hnr_db. Gives the pitch of every analysis frame in Hz, 0 where unvoiced.
std::vector<float> measure_pitch(std::span<const float> mono, const LevelTrack& levels, Features& features);

}  // namespace chasqui::audio
