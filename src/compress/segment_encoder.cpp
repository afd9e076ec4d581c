#include "compress/segment_encoder.hpp"

#include <utility>

namespace chasqui::compress {

opus::Onset onset_after(const opus::EncoderSettings& before, const opus::EncoderSettings& now) noexcept {
  const bool same = before.mode == now.mode && before.bandwidth == now.bandwidth && now.mode != opus::Mode::automatic;
  return same ? opus::Onset::continuing : opus::Onset::fresh;
}

EncodedSegment encode_segment(const audio::ConditionedEpisode& episode, std::size_t index,
                              const opus::WarmEncoders& encoders, const opus::EncoderSettings& settings,
                              opus::Onset onset, const std::stop_token& stop) {
  return encode_segment(SegmentSound(episode, index, settings.frame_ms), encoders, settings, onset, stop);
}

EncodedSegment encode_segment(const SegmentSound& sound, const opus::WarmEncoders& encoders,
                              const opus::EncoderSettings& settings, opus::Onset onset, const std::stop_token& stop) {
  auto packets =
      opus::encode_with_priming({sound.priming(), sound.sound()}, encoders, settings, onset, {}, stop).packets;
  // Constant bitrate is for players that want one frame per packet, all of one size.
  return {settings, settings.constant_bitrate ? std::move(packets) : opus::join_packets(packets), {}};
}

}  // namespace chasqui::compress
