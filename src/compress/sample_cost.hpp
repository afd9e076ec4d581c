#pragma once

#include "compress/found.hpp"

#include <utility>

namespace chasqui::compress {

/// What a sample of an episode comes to at one bandwidth.
struct SampleCost {
  double out_of_reach = 0;  ///< octaves of bitrate, summed
  double bytes = 0;         ///< expected at the goal
  double estoi = 0;         ///< expected at the goal, summed over windows
  int windows = 0;

  [[nodiscard]] SampleCost with(const Found& found) const;

  /// Of bytes. At equal MOS narrower sound keeps more of the words: what it would cost to have them back at a wider
  /// bandwidth counts half.
  [[nodiscard]] double octaves() const;

  [[nodiscard]] bool less_than(const SampleCost& other) const {
    return std::pair(out_of_reach, octaves()) < std::pair(other.out_of_reach, other.octaves());
  }
};

/// How far the most that a segment needs goes beyond what its bandwidth can be given, in octaves; -infinity: it needs
/// nothing.
double octaves_beyond_range(const Found& found);

}  // namespace chasqui::compress
