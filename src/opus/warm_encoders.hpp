#pragma once

#include "opus/encoder_state.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace chasqui::opus {

/// Encoders that know a recording: each has heard 25 s of it when a segment begins with a copy of one. SILK takes 20 s
/// to learn how loud all that is not speech is (silk/VAD.c) and hears less speech until then, to which it gives fewer
/// bits than the words need. The same whichever thread asks first.
class WarmEncoders {
 public:
  /// `sample`: a piece of the recording (mono, 48 kHz), best of speech; repeated where it is shorter than 25 s. Of less
  /// than 60 ms: encoders begin fresh.
  explicit WarmEncoders(std::vector<std::int16_t> sample = {}) : sample_(std::move(sample)) {}

  /// How much of a longer sample is used, in samples: whole frames of 60 ms.
  static constexpr std::size_t longest_sample = 416 * std::size_t{2'880};

  [[nodiscard]] EncoderState begin(const EncoderSettings& settings) const;

 private:
  [[nodiscard]] EncoderState warm(const EncoderSettings& settings) const;

  std::vector<std::int16_t> sample_;
  mutable std::mutex mutex_;
  mutable std::deque<std::pair<EncoderSettings, EncoderState>> warm_;
};

}  // namespace chasqui::opus
