#pragma once

#include "audio/level.hpp"
#include "audio/segment.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::audio {

inline constexpr std::size_t bin_count = 640;  // of 25 Hz: 0 to 16 kHz; what lies above is used for the bandwidth only
inline constexpr float bin_hz = 25;

/// Per analysis frame, for the parts that look at the course of time.
struct SpectrumTrack {
  std::vector<float> speech_power;  ///< 300 to 4000 Hz
  std::vector<float> flux_db;       ///< mean absolute change of the band levels against the frame before
  std::vector<float> onset_db;      ///< mean rise of the band levels against the frame before
};

/// Fills the features from centroid_hz to bed_flatness_db.
SpectrumTrack measure_spectrum(std::span<const float> mono, const LevelTrack& levels, Features& features);

}  // namespace chasqui::audio
