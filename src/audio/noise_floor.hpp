#pragma once

#include <cstddef>
#include <deque>
#include <span>

namespace chasqui::audio {

/// Levels of a piece of sound in dBFS, from the mean squares of its 20 ms frames. Frames of digital silence (below
/// -100 dBFS) are left out; a piece of nothing else has floor and voice at -100.
struct LevelStats {
  double floor_db = -100;  ///< 5th percentile: the noise between the words
  double voice_db = -100;  ///< 90th percentile: the loud parts of the words
  double quiet_share = 1;  ///< of frames that are digital silence

  [[nodiscard]] double snr_db() const noexcept { return voice_db - floor_db; }
};

LevelStats measure_levels(std::span<const float> mono);

/// What is known of a piece when it is decided on.
struct PieceLevels {
  LevelStats levels;
  bool musical = false;  ///< classified as music, or as speech over music
};

/// Decides stretch by stretch whether to denoise: where the distance between voice and noise floor is small and what
/// fills the pauses is not music. Looks at the median distance, and at the share of musical pieces, over a piece and up
/// to two neighbours on each side, each with two thresholds, so that the decision follows the recording and not the
/// single sentence. Pieces of digital silence have no say.
class DenoiseDecision {
 public:
  static constexpr std::size_t neighbours = 2;
  /// See docs/conditioning.md for the measurements behind these.
  static constexpr double on_below_db = 30;
  static constexpr double off_above_db = 34;
  static constexpr double on_below_musical_share = 0.4;
  static constexpr double off_above_musical_share = 0.6;

  /// `around`: the pieces from up to two before to up to two after the one to decide on, in order.
  bool decide(std::span<const PieceLevels> around);

 private:
  bool on_ = false;
};

}  // namespace chasqui::audio
