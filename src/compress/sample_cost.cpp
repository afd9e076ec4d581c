#include "compress/sample_cost.hpp"

#include "compress/need.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace chasqui::compress {

SampleCost SampleCost::with(const Found& found) const {
  SampleCost sum = *this;
  const Need need = need_of(found);
  sum.out_of_reach += compress::out_of_reach(found.best.kbps, need, found.range);
  sum.bytes += bytes_at_goal(found.best, need);
  for (const auto& window : found.best.windows) {
    if (!window.mos || !window.estoi) continue;
    sum.estoi += estoi_at(window, found.goal.mos, found.mos_per_octave);
    ++sum.windows;
  }
  return sum;
}

double SampleCost::octaves() const {
  return std::log2(bytes) - (windows > 0 ? 0.5 * estoi / windows / estoi_per_octave : 0);
}

double octaves_beyond_range(const Found& found) {
  const Need need = lack_of(found);
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t part = 0; part < need.size(); ++part)
    if (need[part])
      most = std::max(most,
                      std::log2(static_cast<double>(found.best.kbps[part]) / found.range.highest_kbps) + *need[part]);
  return most;
}

}  // namespace chasqui::compress
