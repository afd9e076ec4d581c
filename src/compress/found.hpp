#pragma once

#include "compress/need.hpp"
#include "compress/segment_probe.hpp"
#include "opus/encoder.hpp"

#include <optional>
#include <span>

namespace chasqui::compress {

/// A segment on its way to the fewest bytes that reach the goal.
struct Found {
  Probe best;
  opus::Onset onset = opus::Onset::continuing;  ///< with which `best` was encoded
  Goal goal;
  Range range;
  double mos_per_octave = 2;  ///< what changing the bitrate is expected to do
  bool reached = true;        ///< by all windows of the stream over it
  double worst_mos = 0;       ///< of those; 0: none was scored
  int probes = 0;             ///< how often it was encoded
  double guessed_kbps = 0;    ///< by the model; 0: there was none
};

Need need_of(const Found& found);
/// The same for the MOS alone.
Need lack_of(const Found& found);

/// The ESTOI that all but a fifth of the windows are expected to have when their MOS is at the goal. Nothing where none
/// is scored.
std::optional<double> intelligibility_floor(std::span<const Found> found);

}  // namespace chasqui::compress
