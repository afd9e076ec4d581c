#pragma once

#include "compress/segment_probe.hpp"

namespace chasqui::compress {

struct SearchOptions {
  double target_mos = 3;      ///< for every window
  double start_kbps = 8;      ///< for the first probe
  double mos_per_octave = 2;  ///< what changing the bitrate is expected to do
  double lowest_kbps = 5;
  double highest_kbps = 16;
  int most_probes = 6;  ///< to come down to the target; reaching it may take some more, the last at the highest bitrate
};

struct Found {
  Probe best;
  opus::Onset onset = opus::Onset::continuing;
  bool reached = false;  ///< every window that was scored is at the target; else `best` is the nearest
  double shortfall = 0;  ///< of its worst window, in MOS; 0 where reached
  int probes = 0;
};

/// The fewest bytes with which every window of a segment reaches the target, at one bandwidth and mode. The bitrate
/// follows the need: after each probe it rises where windows fall short and sinks where all have more than asked.
Found find_cheapest(const SegmentProber& prober, const opus::EncoderSettings& settings, opus::Onset onset,
                    const SearchOptions& options);

}  // namespace chasqui::compress
