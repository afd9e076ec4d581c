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
  learnt_.push_back(std::log2(wanted / guess.kbps));
  if (learnt_.size() > remembered) learnt_.pop_front();
}

double GuessCorrection::octaves() const {
  if (learnt_.empty()) return 0;
  std::vector<double> sorted(learnt_.begin(), learnt_.end());
  const auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

Guess GuessCorrection::apply(Guess guess) const {
  guess.kbps *= std::exp2(octaves());
  return guess;
}

}  // namespace chasqui::compress
