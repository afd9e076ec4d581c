#pragma once

#include "quality/disturbance.hpp"

namespace chasqui::quality {

/// Mean opinion score, 1 (bad) to about 5 (excellent), as PESQ-WB (ITU-T P.862.2) would give it, from what was measured
/// in one window. Fitted to third-party PESQ-WB over bandwidths, modes and 5-24 kb/s; docs/quality.md says how well.
double mos_lqo(const Disturbance& disturbance, double estoi, double nsim) noexcept;

}  // namespace chasqui::quality
