#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace chasqui::opus {

/// Sound for an encoder: what primes it, then what it encodes (mono, 48 kHz). Resampled once for each rate that is
/// asked for, so that many settings can be tried on it. A view of both. For one thread.
class EncoderInput {
 public:
  EncoderInput(std::span<const std::int16_t> priming, std::span<const std::int16_t> pcm) noexcept
      : priming_(priming), pcm_(pcm) {}

  [[nodiscard]] std::size_t priming_samples() const noexcept { return priming_.size(); }
  [[nodiscard]] std::size_t samples() const noexcept { return pcm_.size(); }

  /// Priming and sound on the scale -1..1, without delay. What follows the end is not known and taken as silence: it
  /// can only touch the last 2 ms, which lie within the encoder's lookahead and so are heard from the next segment's
  /// encoder.
  [[nodiscard]] std::span<const float> at(int rate_hz) const;

 private:
  std::span<const std::int16_t> priming_;
  std::span<const std::int16_t> pcm_;
  mutable std::map<int, std::vector<float>> by_rate_;
};

}  // namespace chasqui::opus
