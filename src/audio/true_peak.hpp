#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace chasqui::audio {

/// The true peak of 48 kHz mono PCM by four-fold oversampling, as ITU-R BS.1770-4, annex 2 asks, but with a longer
/// filter (a sinc of 129 taps under a Hann window instead of 48 taps): where the sound reaches up to
/// 24 kHz, short filters read up to 1.5 dB less than there is.
class TruePeak {
 public:
  static constexpr std::size_t block_samples = 16;
  /// Of input before the block that the filter reaches back to.
  static constexpr std::size_t history_samples = 31;
  /// The filter's delay: a block's result covers the sound from so many samples before its begin.
  static constexpr std::size_t delay_samples = 16;

  TruePeak();

  /// The highest absolute value around one or more blocks: `window` is the history and then the blocks. Where no
  /// interpolated value can exceed `floor`, it may return any value up to `floor`.
  [[nodiscard]] float of_blocks(std::span<const float> window, float floor) const noexcept;

 private:
  static constexpr std::size_t taps = 32;
  static constexpr double rounding = 1.0001;  // above what single precision loses

  void bound_phase(std::size_t index);
  [[nodiscard]] float of_block(std::span<const float, history_samples + block_samples> window) const noexcept;

  std::array<std::array<float, taps>, 3> phases_{};
  // No interpolated value is above the highest sample times one plus the sharpest bend (second difference) times other.
  float level_bound_ = 1;
  float bend_bound_ = 0;
};

/// The true peak of a stream.
class TruePeakMeter {
 public:
  void push(std::span<const std::int16_t> mono) noexcept;
  /// In dBTP of all that was pushed, with the end taken as followed by silence; -infinity for silence.
  [[nodiscard]] double finish() noexcept;

 private:
  static constexpr std::size_t block_samples = 16 * TruePeak::block_samples;

  TruePeak detector_;
  std::array<float, TruePeak::history_samples + block_samples> window_{};
  std::size_t fill_ = TruePeak::history_samples;
  float peak_ = 0;
};

}  // namespace chasqui::audio
