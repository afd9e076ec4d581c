#include "model/sweep.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace chasqui::model {
std::vector<Sweep> gather_sweeps(std::span<const Label> labels) {
  std::vector<Sweep> sweeps;
  std::map<std::pair<std::string, std::size_t>, std::size_t> place;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& label = labels[i];
    const auto [known, fresh] = place.try_emplace({label.origin.sha256, label.segment_index}, sweeps.size());
    if (fresh) sweeps.push_back({.first_label = i, .lines = {}});
    auto& lines = sweeps[known->second].lines;
    const auto same = [&](const SweepLine& line) {
      return line.bandwidth == label.candidate.bandwidth && line.mode == label.candidate.mode;
    };
    auto line = std::ranges::find_if(lines, same);
    if (line == lines.end()) {
      lines.push_back({.bandwidth = label.candidate.bandwidth, .mode = label.candidate.mode, .labels = {}});
      line = lines.end() - 1;
    }
    line->labels.push_back(i);
  }
  for (auto& sweep : sweeps)
    for (auto& line : sweep.lines)
      std::ranges::stable_sort(line.labels, {}, [&](std::size_t i) { return labels[i].candidate.kbps; });
  return sweeps;
}

Curve curve_through(std::span<const Label> labels, const SweepLine& line, std::span<const Prediction> values) {
  Curve curve;
  for (std::size_t point = 0; point < curve_points; ++point) {
    const double kbps = curve_kbps(point);
    const auto above =
        std::ranges::find_if(line.labels, [&](std::size_t i) { return labels[i].candidate.kbps >= kbps; });
    const std::size_t high = above == line.labels.end() ? line.labels.back() : *above;
    const bool inside = above != line.labels.begin() && above != line.labels.end();
    const std::size_t low = inside ? *(above - 1) : high;
    const double octaves = std::log2(labels[high].candidate.kbps / labels[low].candidate.kbps);
    const double share = octaves > 0 ? std::log2(kbps / labels[low].candidate.kbps) / octaves : 0;
    curve.points[point] = {std::lerp(values[low].worst_mos, values[high].worst_mos, share),
                           std::lerp(values[low].actual_kbps, values[high].actual_kbps, share)};
  }
  return curve;
}

std::vector<Prediction> measured(std::span<const Label> labels) {
  std::vector<Prediction> values;
  values.reserve(labels.size());
  for (const auto& label : labels) values.push_back({label.worst_mos, label.actual_kbps});
  return values;
}

}  // namespace chasqui::model
