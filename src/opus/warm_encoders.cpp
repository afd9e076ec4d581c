#include "opus/warm_encoders.hpp"

#include "core/pcm.hpp"
#include "opus/encoder_input.hpp"

#include <algorithm>
#include <span>
#include <tuple>

namespace chasqui::opus {
namespace {

constexpr std::size_t frame_samples = 2'880;
// What is learnt does not depend on it.
constexpr double bitrate_kbps = 12;

}  // namespace

EncoderState WarmEncoders::begin(const EncoderSettings& settings) const {
  // CELT learns nothing that lasts.
  if (settings.mode == Mode::celt || sample_.size() < frame_samples) return EncoderState(settings);
  const EncoderSettings kind{.bitrate_kbps = bitrate_kbps,
                             .bandwidth = settings.bandwidth,
                             .mode = settings.mode,
                             .complexity = 0,  // the cheapest search learns as much
                             .signal = settings.mode == Mode::silk ? Signal::voice : settings.signal};
  const std::scoped_lock lock(mutex_);
  const auto known = std::ranges::find(warm_, kind, [](const auto& one) { return one.first; });
  EncoderState state(known != warm_.end() ? known->second : warm_.emplace_back(kind, warm(kind)).second);
  state.configure(settings);
  return state;
}

EncoderState WarmEncoders::warm(const EncoderSettings& settings) const {
  EncoderState state(settings);
  const EncoderInput input({}, std::span(sample_).first(std::min(sample_.size(), longest_sample)));
  const auto sound = input.at(state.rate_hz());
  const std::size_t step = frame_samples * static_cast<std::size_t>(state.rate_hz()) / core::sample_rate_hz;
  const std::size_t frames = sound.size() / step;
  for (std::size_t i = 0; i < longest_sample / frame_samples; ++i)
    std::ignore = state.encode(sound.subspan(i % frames * step, step));
  return state;
}

}  // namespace chasqui::opus
