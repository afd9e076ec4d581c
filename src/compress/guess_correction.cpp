#include "compress/guess_correction.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace chasqui::compress {
namespace {

constexpr std::size_t remembered = 24;  // segments: some minutes

}  // namespace

void GuessCorrection::learn(const Guess& guess, const Found& found) {
  const double wanted =
      mean_kbps(found.best) * bytes_at_goal(found.best, need_of(found)) / static_cast<double>(found.best.bytes);
  octaves_.push_back(std::log2(wanted / guess.kbps));
  if (octaves_.size() > remembered) octaves_.pop_front();
}

Guess GuessCorrection::apply(Guess guess) const {
  if (octaves_.empty()) return guess;
  std::vector<double> sorted(octaves_.begin(), octaves_.end());
  const auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::ranges::nth_element(sorted, middle);
  guess.kbps *= std::exp2(*middle);
  return guess;
}

}  // namespace chasqui::compress
