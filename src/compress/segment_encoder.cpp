#include "compress/segment_encoder.hpp"

#include <algorithm>
#include <span>

namespace chasqui::compress {

std::vector<opus::Packet> encode_segment(const audio::ConditionedEpisode& episode, std::size_t index,
                                         const opus::EncoderSettings& settings) {
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
  auto packets = opus::encode_segment(whole.first(split), whole.subspan(split), settings);
  // Constant bitrate is for players that want one frame per packet, all of one size.
  return settings.constant_bitrate ? packets : opus::join_packets(packets);
}

}  // namespace chasqui::compress
