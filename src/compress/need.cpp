#include "compress/need.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::compress {
namespace {

constexpr double part_s = static_cast<double>(core::packet_grid) / core::sample_rate_hz;
constexpr double largest_step = 0.5;  // octaves
constexpr double margin_mos = 0.08;   // small changes of bitrate give small, chaotic ones of score
constexpr double margin_estoi = 0.002;
constexpr double most_for_estoi = 1;  // octaves
constexpr double least_raise = 0.04;  // octaves
// Octaves, on average over a segment.
constexpr double worth_saving = 0.17;
constexpr double worth_giving = 0.05;  // where only words ask for them

/// Octaves that a window asks for.
double need_of(const quality::WindowScore& window, const Goal& goal, double mos_per_octave) {
  const auto octaves = [](double lacking, double margin, double per_octave) {
    return lacking <= 0 && lacking >= -margin ? 0 : (lacking + margin) / per_octave;
  };
  const double for_mos = octaves(goal.mos - *window.mos, margin_mos, mos_per_octave);
  if (!goal.estoi || !window.estoi) return for_mos;
  const double for_estoi = octaves(*goal.estoi - *window.estoi, margin_estoi, estoi_per_octave);
  return std::max(for_mos, std::min(for_estoi, for_mos + most_for_estoi));
}

template <typename Share>
double mean_share(const Need& need, Share share) {
  double sum = 0;
  for (const auto& octaves : need) sum += share(octaves);
  return sum / static_cast<double>(std::max<std::size_t>(need.size(), 1));
}

float moved(float kbps, double octaves, const Range& range) {
  return static_cast<float>(
      std::clamp(static_cast<double>(kbps) * std::exp2(octaves), range.lowest_kbps, range.highest_kbps));
}

}  // namespace

Need need_of(const Probe& probe, const Goal& goal, double mos_per_octave) {
  Need need(probe.kbps.size());
  for (const auto& window : probe.windows) {
    if (!window.mos) continue;
    const double octaves = need_of(window, goal, mos_per_octave);
    for (auto part = static_cast<std::size_t>(std::max(window.begin_s, 0.0) / part_s);
         part < need.size() && static_cast<double>(part) * part_s < window.end_s; ++part)
      need[part] = std::max(need[part].value_or(octaves), octaves);
  }
  return need;
}

std::vector<float> answer(std::span<const float> kbps, const Need& need, const Need& lack, const Range& range) {
  std::vector<float> course(kbps.begin(), kbps.end());
  const bool lacks = std::ranges::any_of(lack, [](const auto& octaves) { return octaves.value_or(0) > 0; });
  const double more = mean_share(need, [](const auto& octaves) { return std::max(octaves.value_or(0), 0.0); });
  const double in_all = mean_share(need, [](const auto& octaves) { return octaves.value_or(0); });
  if (!lacks && more < worth_giving && in_all > -worth_saving) return course;
  for (std::size_t part = 0; part < course.size(); ++part)
    course[part] = need[part] ? moved(course[part], std::clamp(*need[part], -largest_step, largest_step), range)
                              : static_cast<float>(range.lowest_kbps);
  return course;
}

std::vector<float> raise(std::span<const float> kbps, const Need& need, int times, const Range& range) {
  std::vector<float> course(kbps.begin(), kbps.end());
  for (std::size_t part = 0; part < course.size(); ++part)
    if (need[part].value_or(0) > 0)
      course[part] = moved(course[part], std::clamp(times * *need[part], least_raise, largest_step), range);
  return course;
}

double bytes_at_goal(const Probe& probe, const Need& need) {
  return static_cast<double>(probe.bytes) *
         mean_share(need, [](const auto& octaves) { return std::exp2(octaves.value_or(0)); });
}

double out_of_reach(std::span<const float> kbps, const Need& need, const Range& range) {
  double octaves = 0;
  for (std::size_t part = 0; part < kbps.size(); ++part)
    if (need[part])
      octaves += std::max(std::log2(static_cast<double>(kbps[part]) / range.highest_kbps) + *need[part], 0.0);
  return octaves;
}

double estoi_at(const quality::WindowScore& window, double goal_mos, double mos_per_octave) {
  return *window.estoi + estoi_per_octave * (goal_mos - *window.mos) / mos_per_octave;
}

}  // namespace chasqui::compress
