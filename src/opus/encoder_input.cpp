#include "opus/encoder_input.hpp"

#include "core/pcm.hpp"
#include "dsp/resampler.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace chasqui::opus {

/// In blocks that stay in the cache.
std::span<const float> EncoderInput::at(int rate_hz) const {
  const auto known = by_rate_.find(rate_hz);
  if (known != by_rate_.end()) return known->second;
  dsp::Resampler resampler(core::sample_rate_hz, rate_hz);
  std::vector<float> sound;
  const std::size_t grid = static_cast<std::size_t>(core::sample_rate_hz / rate_hz);
  sound.reserve((priming_.size() + pcm_.size()) / grid + 2);
  std::array<float, 8'192> block;
  for (auto rest : {priming_, pcm_}) {
    while (!rest.empty()) {
      const std::size_t count = std::min(block.size(), rest.size());
      std::ranges::transform(rest.first(count), block.begin(), core::as_float);
      resampler.push(std::span(block).first(count), sound);
      rest = rest.subspan(count);
    }
  }
  resampler.finish(sound);
  return by_rate_.emplace(rate_hz, std::move(sound)).first->second;
}

}  // namespace chasqui::opus
