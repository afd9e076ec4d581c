#include "opus/encoder_input.hpp"

#include "core/pcm.hpp"
#include "dsp/resampler.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chasqui::opus {

std::span<const float> EncoderInput::at(int rate_hz) const {
  const auto known = by_rate_.find(rate_hz);
  if (known != by_rate_.end()) return known->second;
  std::vector<float> sound(priming_.size() + pcm_.size());
  const auto rest = std::ranges::transform(priming_, sound.begin(), core::as_float).out;
  std::ranges::transform(pcm_, rest, core::as_float);
  if (rate_hz != core::sample_rate_hz) sound = dsp::resample(sound, core::sample_rate_hz, rate_hz);
  return by_rate_.emplace(rate_hz, std::move(sound)).first->second;
}

}  // namespace chasqui::opus
