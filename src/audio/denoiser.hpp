#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::audio {

/// Whether this build has RNNoise.
bool denoiser_available() noexcept;

/// RNNoise on a stretch of mono PCM at core::sample_rate_hz, aligned to the sample. A quarter of the input is kept in
/// the mix, which limits the attenuation to 12 dB: measured, that is worth more in quality and intelligibility than all
/// that RNNoise can take away (docs/conditioning.md).
class Denoiser {
 public:
  /// RNNoise's delay: by so much the sound given must reach beyond the sound wanted.
  static constexpr std::size_t delay_samples = 960;
  /// By so much sound before the sound wanted its memory is settled.
  static constexpr std::size_t priming_samples = 72'000;

  /// Throws Failure(unavailable) when the build has no RNNoise.
  Denoiser();
  ~Denoiser();
  Denoiser(Denoiser&&) noexcept;
  Denoiser& operator=(Denoiser&&) noexcept;

  /// The denoised samples [begin, end) of `sound`; what lies beyond its end counts as zeros. Starts afresh with
  /// sound[0]. Throws Failure(cancelled).
  std::vector<float> process(std::span<const float> sound, std::size_t begin, std::size_t end,
                             const std::stop_token& stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chasqui::audio
