#include "audio/true_peak.hpp"

#include "dsp/vector_math.hpp"

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
  for (std::size_t k = 0; k < phases_.size(); ++k) bound_phase(k);
}

void TruePeak::bound_phase(std::size_t index) {
  // The phase less the straight line between its two middle samples has no response to a constant or a slope, so it is
  // a filter g over second differences, and |g * d2| <= |g|_1 max |d2|.
  const double delay = (4 * delay_samples - 1.0 - static_cast<double>(index)) / 4;
  const auto before = static_cast<std::size_t>(delay);
  const double fraction = delay - static_cast<double>(before);
  double sum = 0;
  for (const float tap : phases_[index]) sum += static_cast<double>(tap);
  double first = 0;
  double second = 0;
  double norm = 0;
  for (std::size_t t = 0; t < taps; ++t) {
    const double line = t == before ? 1 - fraction : t == before + 1 ? fraction : 0;
    first += static_cast<double>(phases_[index][t]) - sum * line;
    second += first;
    norm += std::abs(second);
  }
  level_bound_ = std::max(level_bound_, static_cast<float>(sum * rounding));
  bend_bound_ = std::max(bend_bound_, static_cast<float>(norm * rounding));
}

float TruePeak::of_blocks(std::span<const float> window, float floor) const noexcept {
  const float level = dsp::highest(window.size(), [&](std::size_t i) { return window[i]; });
  const float bend =
      dsp::highest(window.size() - 2, [&](std::size_t i) { return window[i] - 2 * window[i + 1] + window[i + 2]; });
  if (level * level_bound_ + bend * bend_bound_ <= floor) return std::min(level, floor);
  float peak = 0;
  for (std::size_t at = 0; at + history_samples < window.size(); at += block_samples)
    peak = std::max(peak, of_block(window.subspan(at).first<history_samples + block_samples>()));
  return peak;
}

float TruePeak::of_block(std::span<const float, history_samples + block_samples> window) const noexcept {
  float peak = dsp::highest(block_samples, [&](std::size_t i) { return window[i + taps - 1 - delay_samples]; });
  for (const auto& phase : phases_) {
    std::array<float, block_samples> values{};
    for (std::size_t t = 0; t < taps; ++t)
      for (std::size_t i = 0; i < block_samples; ++i) values[i] += phase[t] * window[i + taps - 1 - t];
    peak = std::max(peak, dsp::highest(block_samples, [&](std::size_t i) { return values[i]; }));
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
    peak_ = std::max(peak_, detector_.of_blocks(window_, peak_));
    std::copy(window_.end() - TruePeak::history_samples, window_.end(), window_.begin());
    fill_ = TruePeak::history_samples;
  }
}

double TruePeakMeter::finish() noexcept {
  push(std::array<std::int16_t, TruePeak::history_samples + block_samples>{});
  return 20 * std::log10(static_cast<double>(peak_));
}

}  // namespace chasqui::audio
