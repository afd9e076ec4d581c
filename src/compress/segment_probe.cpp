#include "compress/segment_probe.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>
#include <utility>

namespace chasqui::compress {
namespace {

// Whole frames of every size.
constexpr int longest_frame_ms = 60;

}  // namespace

double mean_kbps(const Probe& probe) {
  return std::reduce(probe.kbps.begin(), probe.kbps.end(), 0.0) / static_cast<double>(probe.kbps.size());
}

SegmentProber::SegmentProber(const audio::ConditionedEpisode& episode, std::size_t index, const Judge& judge,
                             const opus::WarmEncoders& encoders, std::stop_token stop)
    : judge_(judge),
      encoders_(encoders),
      stop_(std::move(stop)),
      sound_(episode, index, longest_frame_ms),
      input_(sound_.priming(), sound_.sound()) {}

std::size_t SegmentProber::parts() const noexcept {
  return (sound_.sound().size() + core::packet_grid - 1) / core::packet_grid;
}

opus::SegmentPackets SegmentProber::encode(Probe& probe, opus::Onset onset, std::span<const float> kbps) const {
  probe.kbps.assign(kbps.begin(), kbps.end());
  if (!kbps.empty()) probe.settings.bitrate_kbps = static_cast<double>(kbps.front());
  auto encoded = opus::encode_with_priming(input_, encoders_, probe.settings, onset, kbps, stop_);
  probe.packets = std::move(encoded.packets);
  probe.bytes = 0;
  for (const auto& packet : opus::join_packets(probe.packets))
    probe.bytes += static_cast<std::int64_t>(packet.bytes.size());
  return encoded;
}

void SegmentProber::encode_again(Probe& probe, opus::Onset onset, std::span<const float> kbps) const {
  std::ignore = encode(probe, onset, kbps);
}

Probe SegmentProber::probe(const opus::EncoderSettings& settings, opus::Onset onset,
                           std::span<const float> kbps) const {
  Probe result{.settings = settings, .kbps = {}, .packets = {}, .bytes = 0, .windows = {}};
  auto encoded = encode(result, onset, kbps);

  // A decoder has settled long before the end of a long priming.
  std::size_t primed = 0;
  auto first = encoded.priming.end();
  while (first != encoded.priming.begin() && primed < opus::priming_samples)
    primed += static_cast<std::size_t>((--first)->samples);
  std::vector<opus::Packet> stream(std::make_move_iterator(first), std::make_move_iterator(encoded.priming.end()));
  stream.insert(stream.end(), result.packets.begin(), result.packets.end());
  const auto heard = judge_.hear(stream);
  const auto lag = (primed + static_cast<std::size_t>(opus::encoder_lookahead())) / scoring_step;
  const auto degraded = std::span(heard).subspan(std::min(lag, heard.size()));
  // What the encoder swallows in SILK, so that it need not be resampled twice.
  const auto reference = input_.at(quality::scoring_rate_hz).subspan(input_.priming_samples() / scoring_step);
  result.windows = judge_.scorer.score(reference, degraded, judge_.speech);
  return result;
}

}  // namespace chasqui::compress
