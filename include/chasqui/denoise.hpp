#pragma once

#include <cstdint>

namespace chasqui {

/// Noise suppression by RNNoise; automatic: only where the measured noise floor says that it pays.
enum class Denoise : std::uint8_t { automatic, on, off };

}  // namespace chasqui
