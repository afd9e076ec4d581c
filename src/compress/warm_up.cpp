#include "compress/warm_up.hpp"

#include <algorithm>
#include <span>

namespace chasqui::compress {

void WarmUp::offer(const audio::Segment& segment, const audio::ReadSound& read) {
  if (segment.kind != audio::SegmentClass::speech) return;
  const std::size_t before = sample_.size();
  const auto length = static_cast<std::size_t>(segment.end - segment.begin);
  sample_.resize(std::min(before + length, opus::WarmEncoders::longest_sample));
  read(segment.begin, std::span(sample_).subspan(before));
}

std::vector<std::int16_t> warm_up_of(const audio::ConditionedEpisode& episode) {
  const auto read = [&](std::int64_t begin, std::span<std::int16_t> out) { episode.read(begin, out); };
  WarmUp warm_up;
  for (const auto& segment : episode.segments()) {
    if (warm_up.full()) break;
    warm_up.offer(segment, read);
  }
  if (warm_up.full()) return warm_up.sample();
  constexpr auto longest = std::int64_t{opus::WarmEncoders::longest_sample};
  std::vector<std::int16_t> all(static_cast<std::size_t>(std::min(episode.length(), longest)));
  read(0, all);
  return all;
}

}  // namespace chasqui::compress
