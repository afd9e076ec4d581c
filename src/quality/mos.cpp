#include "quality/mos.hpp"

#include <cmath>

namespace chasqui::quality {

double mos_lqo(const Disturbance& disturbance, double estoi, double nsim) noexcept {
  const double raw =
      3.7622 - 0.0686 * disturbance.symmetric - 0.0309 * disturbance.asymmetric + 0.3590 * estoi + 0.2568 * nsim;
  // From PESQ's raw scale to listening quality, ITU-T P.862.2.
  return 0.999 + 4 / (1 + std::exp(-1.3669 * raw + 3.8224));
}

}  // namespace chasqui::quality
