#include "compress/segment_encoder.hpp"

#include <algorithm>
#include <span>

namespace chasqui::compress {
namespace {

/// Where libopus chooses the mode, nobody knows in which one the packet before will be.
opus::Onset onset_after(const opus::EncoderSettings& before, const opus::EncoderSettings& now) noexcept {
  const bool same = before.mode == now.mode && before.bandwidth == now.bandwidth && now.mode != opus::Mode::automatic;
  return same ? opus::Onset::continuing : opus::Onset::fresh;
}

}  // namespace

std::vector<opus::Packet> encode_segment(const audio::ConditionedEpisode& episode, std::size_t index,
                                         std::span<const opus::EncoderSettings> plan) {
  const auto& settings = plan[index];
  const auto& segments = episode.segments();
  const auto& segment = segments[index];
  const bool last = index + 1 == segments.size();
  const std::int64_t frame = settings.frame_ms * std::int64_t{48};
  const std::int64_t wanted = segment.end - segment.begin + (last ? opus::encoder_lookahead() : 0);
  const std::int64_t length = (wanted + frame - 1) / frame * frame;
  const std::int64_t priming = std::min(segment.begin, opus::priming_samples);

  std::vector<std::int16_t> pcm(static_cast<std::size_t>(priming + length));
  episode.read(segment.begin - priming, pcm);
  const std::span whole(pcm);
  const auto split = static_cast<std::size_t>(priming);
  const auto onset = index > 0 ? onset_after(plan[index - 1], settings) : opus::Onset::continuing;
  auto packets = opus::encode_segment(whole.first(split), whole.subspan(split), settings, onset);
  // Constant bitrate is for players that want one frame per packet, all of one size.
  return settings.constant_bitrate ? packets : opus::join_packets(packets);
}

}  // namespace chasqui::compress
