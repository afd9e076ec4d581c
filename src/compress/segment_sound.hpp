#pragma once

#include "audio/conditioner.hpp"
#include "opus/encoder.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::compress {

/// A segment as the encoder takes it: what comes before it for priming (opus::priming_samples; 5 s where
/// there is a background), then itself, in whole frames. The last segment
/// is carried on with silence until pre-skip and the last sample are covered.
class SegmentSound {
 public:
  SegmentSound(const audio::ConditionedEpisode& episode, std::size_t index, int frame_ms);
  /// Nothing after the end of a segment that is not the last is read.
  SegmentSound(const audio::ReadSound& read, const audio::Segment& segment, bool last, int frame_ms);

  [[nodiscard]] std::span<const std::int16_t> priming() const noexcept { return std::span(pcm_).first(priming_); }
  [[nodiscard]] std::span<const std::int16_t> sound() const noexcept { return std::span(pcm_).subspan(priming_); }

 private:
  std::size_t priming_;
  std::vector<std::int16_t> pcm_;
};

}  // namespace chasqui::compress
