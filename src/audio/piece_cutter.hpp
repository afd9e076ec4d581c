#pragma once

#include "audio/segmenter.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace chasqui::audio {

/// One piece of the input with the sound around it that denoising needs. Positions in samples.
struct Piece {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::vector<float> sound;  ///< from before `begin` (as much as priming wants and there is) to after `end`
  std::size_t lead = 0;      ///< of `sound` before `begin`

  [[nodiscard]] std::size_t length() const noexcept { return static_cast<std::size_t>(end - begin); }
  [[nodiscard]] std::span<const float> own() const noexcept { return std::span(sound).subspan(lead, length()); }
  /// Samples of `sound` after `end`.
  [[nodiscard]] std::size_t follow() const noexcept { return sound.size() - lead - length(); }
};

/// Cuts a stream at the Segmenter's cuts into pieces that can be worked on alone. Holds the last half minute of sound.
class PieceCutter {
 public:
  /// Pieces get up to `lead` samples of what comes before and `follow` of what comes after them.
  PieceCutter(std::size_t lead, std::size_t follow) : lead_(lead), follow_(follow) {}

  void push(std::span<const float> mono);
  void finish();
  /// The pieces that have become certain since the last call.
  std::deque<Piece> take();

  [[nodiscard]] std::int64_t length() const noexcept { return history_begin_ + std::ssize(history_); }

 private:
  Piece make(std::int64_t end) const;

  std::size_t lead_;
  std::size_t follow_;
  Segmenter segmenter_;
  std::deque<std::int64_t> cuts_;
  std::vector<float> history_;
  std::int64_t history_begin_ = 0;
  std::int64_t begin_ = 0;  // of the next piece
  bool finished_ = false;
};

}  // namespace chasqui::audio
