#include "model/predictor.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::model {
namespace {

constexpr double lowest_kbps = 4.5;
constexpr double points_per_octave = 8;

double point_of(double kbps) noexcept {
  return std::clamp(std::log2(kbps / lowest_kbps) * points_per_octave, 0.0, static_cast<double>(curve_points - 1));
}

}  // namespace

std::vector<Prediction> Predictor::predict(std::span<const Row> rows) const {
  Table table{.columns = row_width, .values = {}};
  table.values.reserve(rows.size() * row_width);
  for (const Row& row : rows) table.append(row);
  const auto mos = mos_.predict(table);
  const auto rate = rate_.predict(table);
  std::vector<Prediction> predictions(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    predictions[i] = {static_cast<double>(mos[i]),
                      std::exp2(static_cast<double>(rows[i][bitrate_column]) + static_cast<double>(rate[i]))};
  return predictions;
}

double curve_kbps(std::size_t point) noexcept {
  return lowest_kbps * std::exp2(static_cast<double>(point) / points_per_octave);
}

double Curve::kbps_for(double mos) const noexcept {
  const auto reached = std::ranges::find_if(points, [&](const Prediction& p) { return p.worst_mos >= mos; });
  if (reached == points.end()) return curve_kbps(curve_points - 1);
  const auto index = static_cast<std::size_t>(reached - points.begin());
  if (index == 0) return curve_kbps(0);
  const double below = points[index - 1].worst_mos;
  const double share = (mos - below) / (reached->worst_mos - below);
  return curve_kbps(index - 1) * std::exp2(share / points_per_octave);
}

Prediction Curve::at(double kbps) const noexcept {
  const double point = point_of(kbps);
  const auto index = std::min(static_cast<std::size_t>(point), curve_points - 2);
  const double share = point - static_cast<double>(index);
  return {std::lerp(points[index].worst_mos, points[index + 1].worst_mos, share),
          std::lerp(points[index].actual_kbps, points[index + 1].actual_kbps, share)};
}

double Curve::mos_per_octave(double kbps) const noexcept {
  const double half_octave = std::sqrt(2.0);
  const double lower = std::max(kbps / half_octave, curve_kbps(0));
  const double higher = std::min(kbps * half_octave, curve_kbps(curve_points - 1));
  return (at(higher).worst_mos - at(lower).worst_mos) / std::log2(higher / lower);
}

std::vector<Curve> predict_curves(const Predictor& predictor, std::span<const audio::Segment> segments,
                                  opus::Bandwidth bandwidth, opus::Mode mode) {
  std::vector<Row> rows;
  rows.reserve(segments.size() * curve_points);
  for (const auto& segment : segments)
    for (std::size_t point = 0; point < curve_points; ++point)
      rows.push_back(feature_row(segment, {bandwidth, mode, curve_kbps(point)}));
  const auto predictions = predictor.predict(rows);
  std::vector<Curve> curves(segments.size());
  for (std::size_t i = 0; i < predictions.size(); ++i)
    curves[i / curve_points].points[i % curve_points] = predictions[i];
  return curves;
}

}  // namespace chasqui::model
