#include "audio/piece_cutter.hpp"

#include <algorithm>

namespace chasqui::audio {

void PieceCutter::push(std::span<const float> mono) {
  segmenter_.push(mono);
  history_.insert(history_.end(), mono.begin(), mono.end());
}

void PieceCutter::finish() {
  segmenter_.finish();
  finished_ = true;
}

std::deque<Piece> PieceCutter::take() {
  for (const std::int64_t cut : segmenter_.take_cuts()) cuts_.push_back(cut);
  std::deque<Piece> pieces;
  while (!cuts_.empty() && (finished_ || cuts_.front() + static_cast<std::int64_t>(follow_) <= length())) {
    pieces.push_back(make(cuts_.front()));
    begin_ = cuts_.front();
    cuts_.pop_front();
  }
  if (pieces.empty()) return pieces;
  const std::int64_t keep = std::max(history_begin_, begin_ - static_cast<std::int64_t>(lead_));
  history_.erase(history_.begin(), history_.begin() + (keep - history_begin_));
  history_begin_ = keep;
  return pieces;
}

Piece PieceCutter::make(std::int64_t end) const {
  const std::int64_t from = std::max<std::int64_t>(0, begin_ - static_cast<std::int64_t>(lead_));
  const std::int64_t to = std::min(length(), end + static_cast<std::int64_t>(follow_));
  Piece piece{.begin = begin_, .end = end, .sound = {}, .lead = static_cast<std::size_t>(begin_ - from)};
  piece.sound.assign(history_.begin() + (from - history_begin_), history_.begin() + (to - history_begin_));
  return piece;
}

}  // namespace chasqui::audio
