#pragma once

#include "dsp/fft.hpp"

#include <array>
#include <complex>
#include <cstddef>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::quality {

/// The time base of the Bark spectrogram: 32 ms every 8 ms at 16 kHz. Whoever judges a stretch takes every other frame
/// from its beginning on, so that stretches may begin at any multiple of 8 ms, whole seconds among them, and get the
/// frames that a recording of their own would have.
inline constexpr int bark_rate_hz = 16'000;
inline constexpr std::size_t bark_frame = 512;
inline constexpr std::size_t bark_hop = 128;
inline constexpr std::size_t bark_bands = 49;

using BarkBands = std::array<float, bark_bands>;

/// Power per Bark in each band, after the high-pass of ITU-T P.862.2. In units of the signal.
struct BarkSpectrogram {
  std::vector<BarkBands> power;        ///< one per frame
  std::vector<float> telephone_power;  ///< of each frame from 350 to 3250 Hz, which sets its loudness
};

/// Bands on Schroeder's Bark scale, 6 asinh(f / 600 Hz), that end where FFT bins end and are as near as that allows to
/// 0.29 Bark plus 0.0144 per Bark: single bins of 31 Hz at the bottom, 23 of them at the top. The two numbers were
/// fitted (docs/quality.md). Holds tables only; any number of threads may use one.
class BarkFilterBank {
 public:
  BarkFilterBank();

  /// Of a mono signal at 16 kHz; floor((n - 512) / 128) + 1 frames, none for n < 512. A stop
  /// request ends it with Failure(cancelled), soon after.
  [[nodiscard]] BarkSpectrogram spectrogram(std::span<const float> signal, const std::stop_token& stop = {}) const;

  [[nodiscard]] float width(std::size_t band) const { return widths_[band]; }     ///< in Bark
  [[nodiscard]] double centre(std::size_t band) const { return centres_[band]; }  ///< in Bark
  [[nodiscard]] double centre_hz(std::size_t band) const;

 private:
  struct Bins {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  dsp::RealFft fft_;
  dsp::AlignedVector<float> window_;
  std::array<Bins, bark_bands> bins_;
  BarkBands widths_{};
  std::array<double, bark_bands> centres_{};
};

}  // namespace chasqui::quality
