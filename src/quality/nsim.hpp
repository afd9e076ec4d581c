#pragma once

#include "quality/gammatone.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::quality {

/// Similarity of two gammatone spectrograms along time, 1 at best. Frame f covers 80 ms from f * 0.02 s on.
struct NsimTrack {
  std::vector<float> frame_scores;   ///< mean over the bands of the neurogram similarity index
  std::vector<std::uint8_t> speech;  ///< 1 where the reference is within 40 dB of its loud frames

  /// The mean over frames of speech.
  [[nodiscard]] std::optional<double> mean() const;
};

/// `speech_power`: frames whose mean square in the reference is above it are `speech`.
/// A stop request ends it with Failure(cancelled), soon after.
NsimTrack nsim_track(const GammatoneSpectrogram& reference, const GammatoneSpectrogram& degraded, float speech_power,
                     const std::stop_token& stop = {});

/// The mean square 40 dB below what 1 % of the frames reach, but at least that of -80 dBFS.
float nsim_speech_power(std::span<const float> frame_power);

}  // namespace chasqui::quality
