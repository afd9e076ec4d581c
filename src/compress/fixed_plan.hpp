#pragma once

#include "audio/segment.hpp"
#include "opus/encoder.hpp"

#include <span>
#include <vector>

namespace chasqui::compress {

/// The widest sound worth coding at a given bitrate. Narrowband wins below about 10.5 kb/s with a stock decoder, judged
/// by PESQ-WB and ESTOI at equal bytes (docs/benchmarks.md); libopus' own switch stands near 9.
opus::Bandwidth bandwidth_for(double bitrate_kbps) noexcept;

/// Settings of a segment, of which only its class matters.
opus::EncoderSettings fixed_settings(const audio::Segment& segment, double bitrate_kbps, bool constant_bitrate);

/// Settings per segment for one bitrate: one bandwidth for the whole episode, since a bandwidth that flaps between
/// segments is heard and measured as damage.
std::vector<opus::EncoderSettings> fixed_plan(std::span<const audio::Segment> segments, double bitrate_kbps,
                                              bool constant_bitrate);

}  // namespace chasqui::compress
