#pragma once

#include "dsp/fft.hpp"

#include <complex>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::quality {

/// Cross-correlation of two signals over all lags, by one FFT large enough for no wrap-around.
class CrossCorrelation {
 public:
  /// For signals of at most these lengths.
  CrossCorrelation(std::size_t longest_a, std::size_t longest_b);

  void run(std::span<const float> a, std::span<const float> b);
  /// Sum over n of a[n] b[n + lag], of the last run; zeros outside the signals.
  [[nodiscard]] float at(std::int64_t lag) const {
    return time_[static_cast<std::size_t>(lag < 0 ? lag + static_cast<std::int64_t>(time_.size()) : lag)];
  }

 private:
  void load(std::span<const float> signal, dsp::AlignedVector<std::complex<float>>& spectrum);

  dsp::RealFft fft_;
  dsp::AlignedVector<float> time_;
  dsp::AlignedVector<std::complex<float>> a_;
  dsp::AlignedVector<std::complex<float>> b_;
};

/// Takes out hum and rumble, which codecs remove and strangers may share: two first-order high-passes, together 3 dB
/// down near 400 Hz and 26 dB at 60 Hz when run at 16 kHz.
class RumbleFilter {
 public:
  float next(float x) {
    first_ = 0.9F * (first_ + x - last_);
    last_ = x;
    second_ = 0.9F * (second_ + first_ - last_first_);
    last_first_ = first_;
    return second_;
  }

 private:
  float last_ = 0;
  float first_ = 0;
  float last_first_ = 0;
  float second_ = 0;
};

inline constexpr int contour_rate_hz = 100;

/// Loudness along time without rumble: fourth root of the mean square of every 10 ms, which keeps loud moments from
/// deciding alone; mean removed.
std::vector<float> loudness_contour(std::span<const float> signal, int sample_rate_hz);

}  // namespace chasqui::quality
