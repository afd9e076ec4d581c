#include "opus/encoder_input.hpp"

#include "core/pcm.hpp"
#include "dsp/resampler.hpp"

#include <utility>

namespace chasqui::opus {

std::span<const float> EncoderInput::at(int rate_hz) const {
  const auto known = by_rate_.find(rate_hz);
  if (known != by_rate_.end()) return known->second;
  dsp::Resampler resampler(core::sample_rate_hz, rate_hz);
  std::vector<float> sound;
  const std::size_t grid = static_cast<std::size_t>(core::sample_rate_hz / rate_hz);
  sound.reserve((priming_.size() + pcm_.size()) / grid + 2);
  resampler.push_pcm(priming_, sound);
  resampler.push_pcm(pcm_, sound);
  resampler.finish(sound);
  return by_rate_.emplace(rate_hz, std::move(sound)).first->second;
}

}  // namespace chasqui::opus
