#include "compress/judge.hpp"

#include "core/pcm.hpp"
#include "core/stop.hpp"
#include "dsp/resampler.hpp"

#include <algorithm>

namespace chasqui::compress {

opus::ListenerDecoder listener_of(const CompressOptions& options) noexcept {
  return {.enhancement = options.enhanced_decoder ? opus::Enhancement::nolace : opus::Enhancement::none};
}

std::vector<float> at_scoring_rate(std::span<const std::int16_t> pcm) {
  dsp::Resampler resampler(core::sample_rate_hz, quality::scoring_rate_hz);
  std::vector<float> sound;
  sound.reserve(pcm.size() / scoring_step + 1);
  resampler.push_pcm(pcm, sound);
  resampler.finish(sound);
  return sound;
}

std::vector<float> Judge::hear(std::span<const opus::Packet> packets) const {
  // Bandwidth extension works at 48 kHz only.
  if (listener.bandwidth_extension)
    return dsp::resample(value_or_throw(opus::decode_packets(packets, listener)), core::sample_rate_hz,
                         quality::scoring_rate_hz);
  return value_or_throw(opus::decode_packets(packets, listener, quality::scoring_rate_hz));
}

Judge make_judge(const audio::ConditionedEpisode& episode, opus::ListenerDecoder listener, std::stop_token stop) {
  // Four minutes in all: on 41 minutes of podcasts at 12 kb/s the file was the same with whole segments.
  constexpr std::size_t most_segments = 60;
  constexpr std::int64_t longest_part = 4 * std::int64_t{core::sample_rate_hz};
  Judge judge{.scorer = quality::WindowScorer({.stop = stop}), .speech = {}, .listener = listener};
  std::vector<float> sound;
  const auto& segments = episode.segments();
  const std::size_t step = (segments.size() + most_segments - 1) / most_segments;
  for (std::size_t i = step / 2; i < segments.size(); i += step) {
    core::throw_if_stopped(stop);
    const std::int64_t surplus = std::max<std::int64_t>(segments[i].end - segments[i].begin - longest_part, 0);
    std::vector<std::int16_t> pcm(static_cast<std::size_t>(segments[i].end - segments[i].begin - surplus));
    episode.read(segments[i].begin + surplus / 2, pcm);
    const auto part = at_scoring_rate(pcm);
    sound.insert(sound.end(), part.begin(), part.end());
  }
  judge.speech = judge.scorer.speech_level(sound);
  return judge;
}

}  // namespace chasqui::compress
