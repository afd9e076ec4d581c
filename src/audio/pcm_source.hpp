#pragma once

#include "audio/conditioner.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace chasqui::audio {

/// Where the sound comes from: a Decoder, or whatever a test makes.
struct PcmSource {
  std::string name;  ///< for messages
  /// Fills mono floats, all finite, at core::sample_rate_hz; gives their number, 0 only at the end. May throw.
  std::function<std::size_t(std::span<float>)> pull;
};

/// Pulls to the end, telling options.on_source and on_progress of it; `take` may change its samples. Gives their
/// number. Throws Failure: cancelled, and what source and `take` throw.
std::int64_t pull_all(const PcmSource& source, const ConditionOptions& options,
                      const std::function<void(std::span<float>)>& take);

}  // namespace chasqui::audio
