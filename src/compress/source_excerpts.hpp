#pragma once

#include "core/pcm.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::compress {

/// Excerpts of a recording as it comes in, spread evenly though nobody knows yet how long it is: when there are too
/// many, every second one is dropped. From 60 on, or all of a recording of less than 4 minutes. Memory: 17 MB. For one
/// thread.
class SourceExcerpts {
 public:
  /// A window of 4 s, at core::sample_rate_hz.
  static constexpr std::int64_t window_samples = std::int64_t{4} * core::sample_rate_hz;
  /// Of an excerpt, so that a window can begin in it where packets do. The last one may be shorter, by no more than
  /// what is beyond a window.
  static constexpr std::int64_t excerpt_samples = window_samples + core::packet_grid;

  struct Excerpt {
    std::int64_t begin = 0;           ///< in the recording, in samples at core::sample_rate_hz
    std::vector<std::int16_t> sound;  ///< at quality::scoring_rate_hz
  };

  /// The next of the recording, mono, at core::sample_rate_hz.
  void hear(std::span<const float> mono);
  /// No more follows. In order; none overlaps another.
  std::vector<Excerpt> finish();

 private:
  [[nodiscard]] std::int64_t next_begin() const noexcept { return spacing_ * std::ssize(excerpts_); }
  void keep_sound();

  std::vector<Excerpt> excerpts_;
  std::vector<float> sound_;  // of the next one
  std::int64_t spacing_ = excerpt_samples;
  std::int64_t position_ = 0;
};

}  // namespace chasqui::compress
