#include "compress/segment_sound.hpp"

#include <algorithm>

namespace chasqui::compress {

SegmentSound::SegmentSound(const audio::ConditionedEpisode& episode, std::size_t index, int frame_ms) {
  const auto& segments = episode.segments();
  const auto& segment = segments[index];
  const bool last = index + 1 == segments.size();
  const std::int64_t frame = frame_ms * std::int64_t{48};
  const std::int64_t wanted = segment.end - segment.begin + (last ? opus::encoder_lookahead() : 0);
  const std::int64_t length = (wanted + frame - 1) / frame * frame;
  const std::int64_t priming = std::min(segment.begin, opus::priming_samples);
  priming_ = static_cast<std::size_t>(priming);
  pcm_.resize(static_cast<std::size_t>(priming + length));
  episode.read(segment.begin - priming, pcm_);
}

}  // namespace chasqui::compress
