#pragma once

#include <array>
#include <span>

namespace chasqui::audio {

/// Butterworth high-pass of 4th order, -3 dB at 70 Hz: takes away offset, rumble and plosives, below the lowest voice.
/// Two biquads in transposed direct form II with double state; coefficients by the bilinear transform (R.
/// Bristow-Johnson, Audio EQ Cookbook). An offset at the very start makes no thump: the filter starts in its steady
/// state for the first sample. For one thread.
class HighPass {
 public:
  HighPass();
  /// In place, at core::sample_rate_hz.
  void process(std::span<float> mono) noexcept;

 private:
  struct Biquad {
    double b0 = 1, b1 = 0, b2 = 0, a1 = 0, a2 = 0;
    double s1 = 0, s2 = 0;
  };
  std::array<Biquad, 2> biquads_;
  bool started_ = false;
};

}  // namespace chasqui::audio
