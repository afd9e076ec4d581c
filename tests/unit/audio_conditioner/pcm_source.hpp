#pragma once

#include "audio/condition_source.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace chasqui::audio {

/// A recording that is `sound` (mono, at core::sample_rate_hz), which must outlive it.
inline PcmSource source_of(const std::vector<float>& sound) {
  return {.name = "test.wav", .pull = [&sound, at = std::size_t{0}](std::span<float> out) mutable {
            const std::size_t count = std::min(out.size(), sound.size() - at);
            std::copy_n(sound.begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
            at += count;
            return count;
          }};
}

}  // namespace chasqui::audio
