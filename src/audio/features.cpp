#include "audio/features.hpp"

#include "audio/analysis.hpp"
#include "audio/level.hpp"
#include "audio/modulation.hpp"
#include "audio/pitch.hpp"
#include "audio/spectrum.hpp"

#include <cmath>
#include <vector>

namespace chasqui::audio {
namespace {

/// What is not finite is silence; what is far beyond full scale is held at 24 dB above it, so that no power overflows.
std::vector<float> sanitized(std::span<const float> mono) {
  std::vector<float> clean(mono.begin(), mono.end());
  for (float& sample : clean) sample = std::isfinite(sample) ? std::clamp(sample, -16.0F, 16.0F) : 0.0F;
  return clean;
}

}  // namespace

Features extract_features(std::span<const float> mono) {
  Features features;
  const auto clean = sanitized(mono);
  const auto levels = measure_level(clean, features);
  const auto spectrum = measure_spectrum(clean, levels, features);
  const auto pitch_hz = measure_pitch(clean, levels, features);
  measure_modulation(spectrum, pitch_hz, features);
  return features;
}

}  // namespace chasqui::audio
