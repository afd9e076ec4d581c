#include "model/predictor.hpp"

#include "made_labels.hpp"
#include "model/sweep.hpp"

#include <gtest/gtest.h>

namespace chasqui::model {
namespace {

/// A curve that rises by 1 MOS per octave from 2.0 at 8 kb/s, and costs what is asked.
Curve straight() {
  Curve curve;
  for (std::size_t point = 0; point < curve_points; ++point)
    curve.points[point] = {2 + std::log2(curve_kbps(point) / 8), curve_kbps(point)};
  return curve;
}

TEST(Curve, AnswersBetweenItsPoints) {
  const Curve curve = straight();
  EXPECT_NEAR(curve.kbps_for(2.0), 8, 1e-6);
  EXPECT_NEAR(curve.kbps_for(2.5), 8 * std::sqrt(2.0), 1e-6);
  EXPECT_NEAR(curve.at(10).worst_mos, 2 + std::log2(10 / 8.0), 1e-3);
  EXPECT_NEAR(curve.mos_per_octave(12), 1, 1e-6);
  EXPECT_DOUBLE_EQ(curve.kbps_for(5), curve_kbps(curve_points - 1));
  EXPECT_DOUBLE_EQ(curve.kbps_for(0), curve_kbps(0));
  EXPECT_DOUBLE_EQ(curve.at(1).worst_mos, curve.points.front().worst_mos);
  EXPECT_DOUBLE_EQ(curve.at(500).worst_mos, curve.points.back().worst_mos);
}

TEST(Sweep, GathersLinesAndInterpolates) {
  const auto labels = made_labels(2, 3);
  const auto sweeps = gather_sweeps(labels);
  ASSERT_EQ(sweeps.size(), 6U);
  for (const auto& sweep : sweeps) {
    ASSERT_EQ(sweep.lines.size(), 2U);
    for (const auto& line : sweep.lines) {
      const auto curve = curve_through(labels, line, measured(labels));
      for (const std::size_t i : line.labels) {
        const double kbps = labels[i].candidate.kbps;
        // Within what the grid of an eighth octave rounds off.
        EXPECT_NEAR(curve.at(kbps).worst_mos, labels[i].worst_mos, 0.13) << kbps;
      }
    }
  }
}

}  // namespace
}  // namespace chasqui::model
