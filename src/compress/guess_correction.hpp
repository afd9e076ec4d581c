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
  [[nodiscard]] Guess apply(Guess guess) const;

 private:
  std::deque<double> octaves_;  // of the last segments
};

}  // namespace chasqui::compress
