#pragma once

#include <cstdint>

namespace chasqui::core {

/// Everything between the decoder and the Opus encoder runs at this rate: Opus' own granule rate, so that one sample
/// is one granule and nothing is lost to rounding.
inline constexpr int sample_rate_hz = 48'000;

/// Packets are at most 120 ms; segments begin on multiples of it so that settings may change there. In samples.
inline constexpr std::int64_t packet_grid = 5'760;

/// 16-bit sound on the scale of floats, -1..1.
inline constexpr auto as_float = [](std::int16_t sample) { return static_cast<float>(sample) / 32'768.0F; };

}  // namespace chasqui::core
