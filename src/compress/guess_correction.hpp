#pragma once

#include "compress/episode_plan.hpp"
#include "compress/found.hpp"

#include <deque>

namespace chasqui::compress {

/// An episode's voices and its room change slowly: by what the last guesses were off, the next are mended.
class GuessCorrection {
 public:
  /// `guess` was what the plan gave, not what was tried; `found` after its first probe.
  void learn(const Guess& guess, const Found& found);
  /// By how much more than was guessed the next segment will ask; 0 where nothing was learnt.
  [[nodiscard]] double octaves() const;
  [[nodiscard]] Guess apply(Guess guess) const;

 private:
  std::deque<double> learnt_;  // octaves, of the last segments
};

}  // namespace chasqui::compress
