#pragma once

#include "audio/conditioner.hpp"
#include "opus/warm_encoders.hpp"

#include <cstdint>
#include <vector>

namespace chasqui::compress {

/// Collects what the encoders of an episode are to hear before they begin: its first speech.
class WarmUp {
 public:
  void offer(const audio::Segment& segment, const audio::ReadSound& read);
  [[nodiscard]] bool full() const noexcept { return sample_.size() == opus::WarmEncoders::longest_sample; }
  [[nodiscard]] const std::vector<std::int16_t>& sample() const noexcept { return sample_; }

 private:
  std::vector<std::int16_t> sample_;
};

/// The first 25 s of speech, or where there is less of it, of all sound: for opus::WarmEncoders.
std::vector<std::int16_t> warm_up_of(const audio::ConditionedEpisode& episode);

}  // namespace chasqui::compress
