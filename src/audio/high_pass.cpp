#include "audio/high_pass.hpp"

#include "core/pcm.hpp"

#include <cmath>
#include <numbers>

namespace chasqui::audio {
namespace {

constexpr double corner_hz = 70.0;
constexpr double vanishing = 1e-30;  // state below this is set to 0 before it becomes denormal

}  // namespace

HighPass::HighPass() {
  const double w = 2 * std::numbers::pi * corner_hz / core::sample_rate_hz;
  for (std::size_t i = 0; i < biquads_.size(); ++i) {
    // The poles of a 4th order Butterworth: Q = 1 / (2 cos(pi/8)) and 1 / (2 cos(3 pi/8)).
    const double q = 1 / (2 * std::cos(std::numbers::pi * static_cast<double>(2 * i + 1) / 8));
    const double alpha = std::sin(w) / (2 * q);
    const double a0 = 1 + alpha;
    Biquad& f = biquads_[i];
    f.b0 = f.b2 = (1 + std::cos(w)) / 2 / a0;
    f.b1 = -2 * f.b0;
    f.a1 = -2 * std::cos(w) / a0;
    f.a2 = (1 - alpha) / a0;
  }
}

void HighPass::process(std::span<float> mono) noexcept {
  if (mono.empty()) return;
  auto [f, g] = biquads_;  // locals, so that the state stays in registers
  if (!started_) {
    // In the steady state for a constant x, the first biquad gives 0: s1 = -b0 x, s2 = b2 x; the second sees 0.
    f.s1 = -f.b0 * mono[0];
    f.s2 = f.b2 * mono[0];
    started_ = true;
  }
  for (float& sample : mono) {
    const double x = sample;
    const double y = f.b0 * x + f.s1;
    f.s1 = f.b1 * x - f.a1 * y + f.s2;
    f.s2 = f.b2 * x - f.a2 * y;
    const double z = g.b0 * y + g.s1;
    g.s1 = g.b1 * y - g.a1 * z + g.s2;
    g.s2 = g.b2 * y - g.a2 * z;
    sample = static_cast<float>(z);
  }
  for (Biquad* biquad : {&f, &g}) {
    if (std::abs(biquad->s1) < vanishing) biquad->s1 = 0;
    if (std::abs(biquad->s2) < vanishing) biquad->s2 = 0;
  }
  biquads_ = {f, g};
}

}  // namespace chasqui::audio
