#include "compress/segment_encoder.hpp"

#include "compress/segment_sound.hpp"

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
  const SegmentSound sound(episode, index, settings.frame_ms);
  const auto onset = index > 0 ? onset_after(plan[index - 1], settings) : opus::Onset::continuing;
  auto packets = opus::encode_segment(sound.priming(), sound.sound(), settings, onset);
  // Constant bitrate is for players that want one frame per packet, all of one size.
  return settings.constant_bitrate ? packets : opus::join_packets(packets);
}

}  // namespace chasqui::compress
