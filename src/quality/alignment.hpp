#pragma once

#include <cstdint>
#include <span>
#include <stop_token>

namespace chasqui::quality {

/// Where a degraded recording lies against its reference: degraded[n + lag] corresponds to reference[n].
struct AlignmentResult {
  std::int64_t lag_samples = 0;     ///< positive: the degraded recording is late
  double correlation = 0;           ///< 0..1, of the waveforms (without rumble) in the probes at that lag
  double envelope_correlation = 0;  ///< -1..1, of the loudness contours over the whole overlap at that lag
  double gain = 1;                  ///< degraded over reference, root mean square over the overlap
  bool inverted = false;            ///< the polarity is reversed
  double drift_ppm = 0;  ///< how much faster than the reference the degraded clock seems to run; 0 when unsure

  /// Whether the two look like the same recording. A codec at 6 kb/s keeps the envelope when it changes the waveform,
  /// and noise hurts the envelope before the waveform, so that either will do. See docs/quality.md for the bounds.
  [[nodiscard]] bool trustworthy() const noexcept;
};

/// Finds the lag to the sample: loudness contours (100 Hz) by FFT cross-correlation over all lags, then the waveforms
/// around the best candidates in up to 9 probes of 4 s, weighed by how much overlaps. Gain, polarity, noise and
/// bandwidth may differ. Mono signals at the same rate (>= 8 kHz), lengths may differ; nothing that can be correlated
/// (too short, silent) gives correlation 0. Needs memory for the probes and contours only, about 1 MB plus 60 kB per
/// minute. A stop request ends it with Failure(cancelled), soon after.
AlignmentResult align(std::span<const float> reference, std::span<const float> degraded, int sample_rate_hz,
                      const std::stop_token& stop = {});

}  // namespace chasqui::quality
