#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

/// Signals that are the same, bit for bit in double precision, wherever they are made.
namespace chasqui::quality::test {

/// A 32-bit linear congruential generator (Numerical Recipes' constants), -1..1.
class Lcg {
 public:
  explicit Lcg(std::uint32_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 1'664'525U + 1'013'904'223U;
    return static_cast<double>(state_) / 2'147'483'648.0 - 1;
  }

 private:
  std::uint32_t state_;
};

inline std::vector<float> noise(std::size_t count, std::uint32_t seed, double amplitude = 0.5) {
  Lcg random(seed);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(amplitude * random.next());
  return out;
}

/// Something like speech: harmonics of a gliding voice, each with an own syllable-rate modulation, some breath, and a
/// pause of 0.5 s in every 3 s.
inline std::vector<float> voice(double seconds, int sample_rate_hz, std::uint32_t seed = 1) {
  constexpr double tau = 2 * std::numbers::pi;
  Lcg random(seed);
  const auto count = static_cast<std::size_t>(seconds * sample_rate_hz);
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double t = static_cast<double>(i) / sample_rate_hz;
    const double phase = tau * 140 * t + 9 * std::sin(tau * 0.7 * t) + 3 * std::sin(tau * 0.31 * t + seed);
    double value = 0;
    for (int k = 1; k <= 24; ++k) {
      const double wobble = 0.5 + 0.5 * std::sin(tau * (2.1 + 0.37 * k) * t + 1.7 * k + 0.9 * seed);
      value += wobble * wobble * std::sin(k * phase) / k;
    }
    const double breath = random.next() * (0.5 + 0.5 * std::sin(tau * 3.3 * t + seed));
    const double pause = std::fmod(t, 3.0) < 2.5 ? 1.0 : 0.0;
    out[i] = static_cast<float>(0.15 * pause * (value + 0.05 * breath));
  }
  return out;
}

/// a + gain * b over the length of a.
inline std::vector<float> mix(std::span<const float> a, std::span<const float> b, float gain) {
  std::vector<float> out(a.begin(), a.end());
  for (std::size_t i = 0; i < out.size() && i < b.size(); ++i) out[i] += gain * b[i];
  return out;
}

}  // namespace chasqui::quality::test
