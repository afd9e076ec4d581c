#pragma once

#include "audio/media.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::audio {

/// Where sound was taken out, and so where the rest has moved to. Positions in samples at core::sample_rate_hz.
class TimeMap {
 public:
  /// Takes [begin, end) of the input out; in order.
  void remove(std::int64_t begin, std::int64_t end);
  /// The place in the output of `input`; what was taken out maps to the joint.
  [[nodiscard]] std::int64_t to_output(std::int64_t input) const noexcept;
  /// The place in the input of `output`; of a joint, where its second side begins.
  [[nodiscard]] std::int64_t to_input(std::int64_t output) const noexcept;
  [[nodiscard]] std::int64_t removed() const noexcept { return removed_; }
  /// Chapters moved along and clipped to `length` samples of output; those without any sound left are dropped.
  [[nodiscard]] std::vector<Chapter> move(std::span<const Chapter> chapters, std::int64_t length) const;

 private:
  struct Cut {
    std::int64_t begin;
    std::int64_t end;
    std::int64_t removed_before;
  };
  std::vector<Cut> cuts_;
  std::int64_t removed_ = 0;
};

/// Shortens pauses longer than 1 s to 0.5 s: the first and the last quarter of a second stay, joined by an equal-power
/// cross-fade of 20 ms. A pause is a run of 10 ms frames whose level is below what the caller says. Holds at most 1 s
/// of sound. For one thread.
class PauseTrimmer {
 public:
  static constexpr std::size_t longest_samples = 48'000;
  static constexpr std::size_t kept_samples = 24'000;

  /// Appends to `out` what has become certain. `pause_below_db`: frames below it (dBFS) are pause; -infinity: none is.
  /// Frames are counted from the first sample of all, so pushes had better be multiples of 480 samples but for the
  /// last.
  void push(std::span<const float> mono, double pause_below_db, std::vector<float>& out);
  /// Appends the rest; a pause at the end is shortened like any other.
  void finish(std::vector<float>& out);

  [[nodiscard]] const TimeMap& map() const noexcept { return map_; }

 private:
  void hold(std::span<const float> frame);
  void release(std::vector<float>& out);

  std::vector<float> head_;    // the begin of the pause
  std::vector<float> tail_;    // what follows it; beyond longest_samples in all, its oldest samples are dropped
  std::int64_t dropped_ = 0;   // of the tail so far
  std::int64_t position_ = 0;  // input samples so far
  TimeMap map_;
};

}  // namespace chasqui::audio
