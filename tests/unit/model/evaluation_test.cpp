#include "model/evaluation.hpp"

#include "made_labels.hpp"
#include "model/sweep.hpp"
#include "model/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chasqui/error.hpp>

namespace chasqui::model {
namespace {

TEST(Evaluation, OfPerfectPredictions) {
  const auto labels = made_labels(4, 5);
  const auto evaluation = evaluate(labels, measured(labels));
  EXPECT_NEAR(evaluation.errors.front().mos_rmse, 0, 1e-9);
  EXPECT_NEAR(evaluation.errors.front().mos_pearson, 1, 1e-9);
  for (const auto& row : evaluation.targets) {
    EXPECT_GT(row.segments, 0U);
    EXPECT_NEAR(row.one_shot_kbps, row.oracle_kbps, 1e-6);
    EXPECT_NEAR(row.one_shot_reached, 1, 0.2);  // by rounding, some are a hair below
    EXPECT_GE(row.best_fixed_kbps, row.oracle_kbps);
    EXPECT_LE(row.probes, 1.5);
  }
}

TEST(Evaluation, OfWrongPredictions) {
  const auto labels = made_labels(4, 5);
  auto predictions = measured(labels);
  for (auto& prediction : predictions) prediction.worst_mos -= 0.5;
  const auto evaluation = evaluate(labels, predictions);
  EXPECT_NEAR(evaluation.errors.front().mos_bias, -0.5, 1e-9);
  for (const auto& row : evaluation.targets) {
    EXPECT_GT(row.one_shot_kbps, 1.1 * row.oracle_kbps);
    EXPECT_GT(row.probes, 1.1);
    // Measuring mends what guessing got wrong.
    EXPECT_LT(row.closed_loop_kbps, row.one_shot_kbps);
  }
}

TEST(Training, LearnsTheRuleForVoicesItDoesNotKnow) {
  const auto labels = made_labels(6, 12);
  const auto training = train(labels, {.folds = 3});
  const auto evaluation = evaluate(labels, training.out_of_fold);
  EXPECT_LT(evaluation.errors.front().mos_rmse, 0.25);
  EXPECT_GT(evaluation.errors.front().mos_pearson, 0.95);
  EXPECT_LT(evaluation.errors.front().rate_error, 0.02);
}

TEST(Training, NeverPromisesLessForMore) {
  const auto labels = made_labels(4, 10);
  const auto training = train(labels, {.folds = 2});
  const auto curves =
      predict_curves(training.predictor, std::vector{labels.front().segment}, opus::Bandwidth::wide, opus::Mode::silk);
  for (std::size_t point = 1; point < curve_points; ++point)
    EXPECT_GE(curves[0].points[point].worst_mos, curves[0].points[point - 1].worst_mos) << point;
}

TEST(Training, GivesTheSameModelAgain) {
  const auto labels = made_labels(3, 6);
  const auto one = train(labels, {.folds = 2, .seed = 9});
  const auto other = train(labels, {.folds = 2, .seed = 9});
  EXPECT_EQ(one.predictor.mos().to_json(), other.predictor.mos().to_json());
  EXPECT_EQ(one.predictor.rate().to_json(), other.predictor.rate().to_json());
}

TEST(Training, NeedsTwoGroups) {
  for (const auto& labels : {made_labels(1, 4), std::vector<Label>{}}) {
    try {
      static_cast<void>(train(labels, {}));
      ADD_FAILURE() << "trained on " << labels.size() << " labels of one voice or none";
    } catch (const Failure& failure) {
      EXPECT_THAT(failure.what(), testing::HasSubstr(labels.empty() ? "no labels" : "at least two"));
    }
  }
}

}  // namespace
}  // namespace chasqui::model
