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
  std::vector<float> sound;
  sound.reserve(priming_.size() + pcm_.size());
  for (const auto part : {priming_, pcm_}) std::ranges::transform(part, std::back_inserter(sound), core::as_float);
  if (rate_hz != core::sample_rate_hz) sound = dsp::resample(sound, core::sample_rate_hz, rate_hz);
  return by_rate_.emplace(rate_hz, std::move(sound)).first->second;
}

}  // namespace chasqui::opus
