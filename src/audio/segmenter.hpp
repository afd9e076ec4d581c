#pragma once

#include "core/pcm.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::audio {

/// How long pieces should be. The scale is that of the score of a cut: a good pause is worth about 1.
struct PieceLength {
  float preferred_from_s = 6;
  float preferred_to_s = 12;
  float penalty_per_s_beyond = 0.044F;
};

/// Cuts a stream of mono PCM at pauses into pieces of 4 to 20 s, each beginning on the packet grid. Streaming: holds
/// 24 s of level history, never audio. Deterministic, whatever the sizes of the pushes. For one thread.
///
/// A cut is chosen once 24 s after the previous one are known, so that what follows it is never shorter than 4 s; only
/// sound that is shorter than 4 s in all gives a shorter piece. docs/features.md describes the score of a cut.
class Segmenter {
 public:
  static constexpr double shortest_s = 4.0;
  static constexpr double longest_s = 20.0;
  static constexpr std::size_t frame_samples = core::sample_rate_hz / 100;  ///< levels are taken every 10 ms

  explicit Segmenter(const PieceLength& wanted = {}) : wanted_(wanted) {}

  /// PCM at core::sample_rate_hz. Samples that are not finite count as silence.
  void push(std::span<const float> mono);
  /// No more sound follows; the rest becomes the last pieces. Call once; no push afterwards.
  void finish();

  /// Ends, in samples, of the pieces that have become certain since the last call, in order.
  std::vector<std::int64_t> take_cuts();

 private:
  void cut(std::size_t frames);

  PieceLength wanted_;
  std::vector<float> levels_db_;              // of each whole 10 ms since begin_
  std::array<float, frame_samples> frame_{};  // being filled
  std::size_t frame_fill_ = 0;                // its samples so far
  std::int64_t begin_ = 0;                    // of the open piece
  std::int64_t length_ = 0;                   // of everything pushed
  std::vector<std::int64_t> cuts_;
};

}  // namespace chasqui::audio
