#pragma once

#include "audio/segment.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::audio {

/// Levels of a piece and which of its frames are active.
struct LevelTrack {
  std::vector<float> db;             ///< of every 10 ms, smoothed over 50 ms
  std::vector<std::uint8_t> active;  ///< of every analysis frame (see analysis.hpp)
  float threshold_db = 0;            ///< at and above it a frame is active
};

/// Fills the features from level_dbfs to decay_db_per_s.
LevelTrack measure_level(std::span<const float> mono, Features& features);

}  // namespace chasqui::audio
