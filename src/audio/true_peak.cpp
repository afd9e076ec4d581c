#include "audio/true_peak.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace chasqui::audio {

TruePeak::TruePeak() {
  constexpr int length = 129;
  constexpr int factor = 4;
  for (int j = 0; j < length; ++j) {
    if (j % factor == 0) continue;  // the phase that falls on the samples themselves
    const double x = std::numbers::pi * (j - (length - 1) / 2.0) / factor;
    const double hann = 0.5 * (1 - std::cos(2 * std::numbers::pi * j / (length - 1)));
    phases_[static_cast<std::size_t>(j % factor - 1)][static_cast<std::size_t>(j / factor)] =
        static_cast<float>(std::sin(x) / x * hann);
  }
  for (const auto& phase : phases_) {
    float sum = 0;
    for (const float tap : phase) sum += std::abs(tap);
    most_ = std::max(most_, sum);
  }
}

float TruePeak::of_block(std::span<const float, history_samples + block_samples> window, float floor) const noexcept {
  float highest = 0;
  for (const float sample : window) highest = std::max(highest, std::abs(sample));
  if (highest * most_ <= floor) return highest;
  float peak = 0;
  for (std::size_t i = 0; i < block_samples; ++i) peak = std::max(peak, std::abs(window[i + taps - 1 - delay_samples]));
  for (const auto& phase : phases_) {
    std::array<float, block_samples> values{};
    for (std::size_t t = 0; t < taps; ++t)
      for (std::size_t i = 0; i < block_samples; ++i) values[i] += phase[t] * window[i + taps - 1 - t];
    for (const float value : values) peak = std::max(peak, std::abs(value));
  }
  return peak;
}

void TruePeakMeter::push(std::span<const std::int16_t> mono) noexcept {
  constexpr float step = 1 / 32'768.0F;
  while (!mono.empty()) {
    const std::size_t count = std::min(mono.size(), window_.size() - fill_);
    for (std::size_t i = 0; i < count; ++i) window_[fill_ + i] = static_cast<float>(mono[i]) * step;
    mono = mono.subspan(count);
    fill_ += count;
    if (fill_ < window_.size()) return;
    peak_ = std::max(peak_, detector_.of_block(window_, peak_));
    std::copy(window_.end() - TruePeak::history_samples, window_.end(), window_.begin());
    fill_ = TruePeak::history_samples;
  }
}

double TruePeakMeter::finish() noexcept {
  push(std::array<std::int16_t, 3 * TruePeak::block_samples>{});
  return 20 * std::log10(static_cast<double>(peak_));
}

}  // namespace chasqui::audio
