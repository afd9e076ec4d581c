#pragma once

#include "audio/segment.hpp"
#include "model/predictor.hpp"
#include "opus/packet.hpp"

#include <cstddef>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace chasqui::compress {

/// Where to begin the search for a segment's setting.
struct Guess {
  double kbps = 8;            ///< to ask for first
  double mos_per_octave = 2;  ///< what changing the bitrate is expected to do
};

/// What is expected of an episode.
class EpisodePlan {
 public:
  /// One bandwidth is for all of it, since changing it within is heard.
  struct Choice {
    opus::Bandwidth bandwidth = opus::Bandwidth::narrow;
    double dearer = 0;  ///< octaves of bytes, than the first
  };
  /// The one that is expected to come out smallest first.
  std::vector<Choice> choices;

  [[nodiscard]] Guess guess(std::size_t segment, opus::Bandwidth bandwidth, opus::Mode mode) const {
    return guesses_.at({bandwidth, mode})[segment];
  }

 private:
  friend EpisodePlan plan_episode(const model::Predictor* predictor, std::span<const audio::Segment> segments,
                                  double target_mos);
  std::map<std::pair<opus::Bandwidth, opus::Mode>, std::vector<Guess>> guesses_;
};

/// `predictor` may be null: then all bandwidths are open, and the guesses know nothing of the segments.
EpisodePlan plan_episode(const model::Predictor* predictor, std::span<const audio::Segment> segments,
                         double target_mos);

}  // namespace chasqui::compress
