#include "quality/mos.hpp"

#include <cmath>

namespace chasqui::quality {

double mos_lqo(const Disturbance& disturbance) noexcept {
  // PESQ's raw score, ITU-T P.862, and from it the listening quality, ITU-T P.862.2.
  const double raw = 4.5 - 0.1 * disturbance.symmetric - 0.0309 * disturbance.asymmetric;
  return 0.999 + 4 / (1 + std::exp(-1.3669 * raw + 3.8224));
}

}  // namespace chasqui::quality
