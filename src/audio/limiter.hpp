#pragma once

#include "audio/true_peak.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::audio {

/// Applies a gain and keeps the true peak under a ceiling by looking ahead 6 ms. Works in chunks of 16 samples: the
/// gain that a chunk needs is held back over the look-ahead, let go with a time constant of 80 ms, and smoothed by two
/// boxes of 8 chunks, so that it is always down to what a peak needs when the peak comes, without a corner. Where
/// nothing is near the ceiling, samples are only multiplied. For one thread.
class Limiter {
 public:
  /// The peak is held so far under the ceiling, because meters interpolate differently: on noise up to 24 kHz,
  /// libebur128 and ffmpeg have been seen to read 0.22 dB more than TruePeak; on speech, all agree within 0.05 dB.
  static constexpr double margin_db = 0.3;

  Limiter(double gain_db, double ceiling_dbtp);

  /// Appends to `out` what has become certain; holds back at most 300 samples.
  void push(std::span<const float> mono, std::vector<float>& out);
  /// Appends the rest, so that as many samples have come out as went in.
  void finish(std::vector<float>& out);

 private:
  static constexpr std::size_t chunk_samples = TruePeak::block_samples;
  static constexpr std::size_t box = 8;
  static constexpr std::size_t reach = 2 * box - 2;       // chunks over which the boxes spread, besides the own one
  static constexpr std::size_t delay_chunks = reach + 3;  // from a chunk's arrival to its departure
  static constexpr std::size_t ring = 32;
  using Ring = std::array<float, ring>;

  void analyse(std::vector<float>& out);
  void depart(std::size_t chunk, std::vector<float>& out) const;
  [[nodiscard]] static float mean(const Ring& values, std::size_t last) noexcept;

  TruePeak detector_;
  float gain_;
  float ceiling_;
  float release_;
  std::array<float, ring * chunk_samples> samples_{};
  std::array<float, TruePeak::history_samples + chunk_samples> window_{};
  std::size_t fill_ = 0;       // samples of the open chunk
  std::size_t chunks_ = ring;  // analysed so far; starts one ring ahead, on silence
  Ring needed_;                // gain that each chunk needs
  Ring envelope_;              // after look-ahead and release
  Ring smooth_;                // after the first box
  Ring applied_;               // after the second: the gain at the begin of each chunk
};

}  // namespace chasqui::audio
