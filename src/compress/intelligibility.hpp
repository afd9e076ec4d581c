#pragma once

#include "compress/rate_search.hpp"

#include <optional>
#include <span>

namespace chasqui::compress {

/// What a score that listeners would give does not tell is whether words survive: windows of equal MOS differ in ESTOI,
/// and at a fixed bitrate the worst of them are where a lesson is lost. So no window may fall behind the episode: this
/// is the ESTOI that all but a fifth of its windows have once their MOS is at the target. Nothing where none is scored.
std::optional<double> intelligibility_floor(std::span<const Found> found);

bool falls_behind(const Found& found, double floor);

/// Raises the bitrate around windows below the floor, by at most an octave; what lies too deep stays the better for it.
/// `found` must have been found by `prober`, and keeps to its target if it did.
void lift_to_floor(const SegmentProber& prober, Found& found, double floor, const SearchOptions& options);

}  // namespace chasqui::compress
