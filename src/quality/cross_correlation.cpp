#include "quality/cross_correlation.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace chasqui::quality {

CrossCorrelation::CrossCorrelation(std::size_t longest_a, std::size_t longest_b)
    : fft_(std::bit_ceil(longest_a + longest_b)), time_(fft_.size()), a_(fft_.bins()), b_(fft_.bins()) {}

void CrossCorrelation::run(std::span<const float> a, std::span<const float> b) {
  load(a, a_);
  load(b, b_);
  const float scale = 1 / static_cast<float>(fft_.size());
  for (std::size_t k = 0; k < a_.size(); ++k) a_[k] = std::conj(a_[k]) * b_[k] * scale;
  fft_.inverse(a_, time_);
}

void CrossCorrelation::load(std::span<const float> signal, dsp::AlignedVector<std::complex<float>>& spectrum) {
  std::copy(signal.begin(), signal.end(), time_.begin());
  std::fill(time_.begin() + static_cast<std::ptrdiff_t>(signal.size()), time_.end(), 0.0F);
  fft_.forward(time_, spectrum);
}

std::vector<float> loudness_contour(std::span<const float> signal, int sample_rate_hz) {
  const auto step = static_cast<std::size_t>(sample_rate_hz / contour_rate_hz);
  RumbleFilter filter;
  std::vector<float> values(signal.size() / step);
  for (std::size_t i = 0; i < values.size(); ++i) {
    float power = 0;
    for (const float sample : signal.subspan(i * step, step)) {
      const float value = filter.next(sample);
      power += value * value;
    }
    values[i] = std::sqrt(std::sqrt(power / static_cast<float>(step)));
  }
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  const float mean = values.empty() ? 0 : static_cast<float>(total / static_cast<double>(values.size()));
  for (float& value : values) value -= mean;
  return values;
}

}  // namespace chasqui::quality
