#pragma once

#include "compress/segment_probe.hpp"

#include <optional>
#include <span>
#include <vector>

namespace chasqui::compress {

/// What every window must reach.
struct Goal {
  double mos = 3;
  /// A MOS does not tell whether words survive: windows of equal MOS differ in ESTOI, and at a fixed bitrate the worst
  /// of them are where a lesson is lost. So no window may fall behind the rest of the episode. Nothing: not asked for.
  std::optional<double> estoi;
};

/// Bitrates worth trying, in kb/s.
struct Range {
  double lowest_kbps = 5;
  double highest_kbps = 16;
};

/// What doubling the bitrate adds to a window's ESTOI, near 9 kb/s.
inline constexpr double estoi_per_octave = 0.13;

/// By how much the bitrate of every part (core::packet_grid samples) must change, in octaves, so that all windows over
/// it are at the goal: the most that any of them asks for. Nothing for parts under no scored window.
using Need = std::vector<std::optional<double>>;

/// `mos_per_octave`: what changing the bitrate is expected to do. ESTOI alone raises the bitrate by an octave at most.
Need need_of(const Probe& probe, const Goal& goal, double mos_per_octave);

/// The course of bitrates that answers a need, a step of half an octave at most; what no window asks for gets the
/// lowest. The same course where no window lacks MOS (`lack`: the need for that alone) and little could be saved or
/// given for its words.
std::vector<float> answer(std::span<const float> kbps, const Need& need, const Need& lack, const Range& range);

/// The course of bitrates that is raised where something lacks, by more for every time that this was not enough.
std::vector<float> raise(std::span<const float> kbps, const Need& need, int times, const Range& range);

/// The bytes that a segment is expected to take when its need is answered.
double bytes_at_goal(const Probe& probe, const Need& need);

/// How far the need goes beyond the range, in octaves, over all parts.
double out_of_reach(std::span<const float> kbps, const Need& need, const Range& range);

/// ESTOI that a window would have if its MOS were at `goal_mos`. Precondition: it is scored.
double estoi_at(const quality::WindowScore& window, double goal_mos, double mos_per_octave);

}  // namespace chasqui::compress
