#include "compress/found.hpp"

#include <algorithm>
#include <vector>

namespace chasqui::compress {

Need need_of(const Found& found) {
  return need_of(found.best, found.goal, found.mos_per_octave);
}

Need lack_of(const Found& found) {
  return need_of(found.best, {.mos = found.goal.mos, .estoi = {}}, found.mos_per_octave);
}

std::optional<double> intelligibility_floor(std::span<const Found> found) {
  constexpr double share_below = 0.2;
  std::vector<double> scores;
  for (const Found& one : found)
    for (const auto& window : one.best.windows)
      if (window.mos && window.estoi) scores.push_back(estoi_at(window, one.goal.mos, one.mos_per_octave));
  if (scores.empty()) return std::nullopt;
  const auto at = scores.begin() + static_cast<std::ptrdiff_t>(share_below * static_cast<double>(scores.size() - 1));
  std::ranges::nth_element(scores, at);
  return *at;
}

}  // namespace chasqui::compress
