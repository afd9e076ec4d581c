#include "compress/segment_probe.hpp"

#include "core/pcm.hpp"
#include "dsp/resampler.hpp"

#include <algorithm>

namespace chasqui::compress {
namespace {

// Whole frames of every size.
constexpr int longest_frame_ms = 60;

}  // namespace

SegmentProber::SegmentProber(const audio::ConditionedEpisode& episode, std::size_t index, const Judge& judge)
    : judge_(judge), sound_(episode, index, longest_frame_ms), reference_(at_scoring_rate(sound_.sound())) {}

std::size_t SegmentProber::parts() const noexcept {
  return (sound_.sound().size() + core::packet_grid - 1) / core::packet_grid;
}

Probe SegmentProber::probe(const opus::EncoderSettings& settings, opus::Onset onset,
                           std::span<const float> kbps) const {
  auto encoded = opus::encode_with_priming(sound_.priming(), sound_.sound(), settings, onset, kbps);
  Probe result{.settings = settings,
               .kbps = {kbps.begin(), kbps.end()},
               .packets = std::move(encoded.packets),
               .bytes = 0,
               .windows = {}};
  for (const auto& packet : opus::join_packets(result.packets))
    result.bytes += static_cast<std::int64_t>(packet.bytes.size());

  std::size_t primed = 0;
  for (const auto& packet : encoded.priming) primed += static_cast<std::size_t>(packet.samples);
  auto stream = std::move(encoded.priming);
  stream.insert(stream.end(), result.packets.begin(), result.packets.end());
  const auto heard = value_or_throw(opus::decode_packets(stream, judge_.listener));
  const auto lag = primed + static_cast<std::size_t>(opus::encoder_lookahead());
  const auto degraded = dsp::resample(std::span(heard).subspan(std::min(lag, heard.size())), core::sample_rate_hz,
                                      quality::scoring_rate_hz);
  result.windows = judge_.scorer.score(reference_, degraded, judge_.speech);
  return result;
}

}  // namespace chasqui::compress
