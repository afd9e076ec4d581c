#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// What the parts of the feature extraction (level, spectrum, pitch, modulation) share. All of them look at the same
// analysis frames: 40 ms every 20 ms. Internal to the folder.
namespace chasqui::audio {

inline constexpr std::size_t frame_length = 1'920;
inline constexpr std::size_t frame_hop = 960;
inline constexpr float frames_per_s = 50;

/// Analysis frames of a piece of `samples`; what is shorter than one frame is filled up with zeros.
constexpr std::size_t frame_count(std::size_t samples) {
  if (samples == 0) return 0;
  return samples <= frame_length ? 1 : (samples - frame_length) / frame_hop + 1;
}

/// Power as dB; -100 and below is -100.
inline float to_db(double power) {
  return static_cast<float>(10 * std::log10(std::max(power, 1e-10)));
}

/// The value below which `share` (0..1) of the values lie; 0 of none.
inline float quantile(std::vector<float> values, double share) {
  if (values.empty()) return 0;
  const auto at = std::lround(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

inline float mean(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value);
  return values.empty() ? 0 : static_cast<float>(sum / static_cast<double>(values.size()));
}

inline float deviation(std::span<const float> values) {
  const auto centre = static_cast<double>(mean(values));
  double sum = 0;
  for (const float value : values) sum += (static_cast<double>(value) - centre) * (static_cast<double>(value) - centre);
  return values.empty() ? 0 : static_cast<float>(std::sqrt(sum / static_cast<double>(values.size())));
}

}  // namespace chasqui::audio
