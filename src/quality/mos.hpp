#pragma once

#include "quality/disturbance.hpp"

namespace chasqui::quality {

/// Mean opinion score, 1 (bad) to about 4.6 (excellent), as PESQ-WB (ITU-T P.862.2) would give it; docs/quality.md says
/// how well.
double mos_lqo(const Disturbance& disturbance) noexcept;

}  // namespace chasqui::quality
