#include "model/booster.hpp"

#include <gtest/gtest.h>

#include <chasqui/error.hpp>
#include <cmath>
#include <string>

namespace chasqui::model {
namespace {

/// y = x² + z / 10 on a grid.
Examples bowl(float shift) {
  Examples examples{.table = {.columns = 2, .values = {}}, .labels = {}};
  for (int x = -20; x <= 20; ++x)
    for (int z = 0; z < 10; ++z) {
      const float at = static_cast<float>(x) / 10 + shift;
      examples.table.append(std::vector{at, static_cast<float>(z)});
      examples.labels.push_back(at * at + static_cast<float>(z) / 10);
    }
  return examples;
}

const BoosterParameters how{{"objective", "reg:squarederror"}, {"eta", "0.2"}, {"max_depth", "4"}, {"seed", "3"}};

TEST(Booster, LearnsAndTheSameAgain) {
  const auto examples = bowl(0);
  const auto one = train_booster(examples, nullptr, how, {.most_rounds = 60});
  const auto other = train_booster(examples, nullptr, how, {.most_rounds = 60});
  EXPECT_EQ(one.booster.to_json(), other.booster.to_json());
  const auto predicted = one.booster.predict(examples.table);
  ASSERT_EQ(predicted.size(), examples.labels.size());
  for (std::size_t i = 0; i < predicted.size(); ++i) EXPECT_NEAR(predicted[i], examples.labels[i], 0.25);
}

TEST(Booster, EndsAtTheBestRoundForWhatItDoesNotKnow) {
  const auto check = bowl(0.05F);
  const auto trained = train_booster(bowl(0), &check, how, {.most_rounds = 500, .patience = 5});
  EXPECT_LT(trained.rounds, 500);
  EXPECT_GT(trained.check_rmse, 0);
  // The booster is cut to that round: it errs as much as is said.
  const auto predicted = trained.booster.predict(check.table);
  double squares = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i)
    squares += std::pow(static_cast<double>(predicted[i]) - static_cast<double>(check.labels[i]), 2);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(predicted.size())), trained.check_rmse, 1e-6);
}

TEST(Booster, SurvivesBeingWritten) {
  const auto examples = bowl(0);
  const auto trained = train_booster(examples, nullptr, how, {.most_rounds = 20});
  const auto back = Booster::from_json(trained.booster.to_json());
  EXPECT_EQ(back.columns(), 2U);
  EXPECT_EQ(back.predict(examples.table), trained.booster.predict(examples.table));
  EXPECT_EQ(back.to_json(), Booster::from_json(back.to_json()).to_json());
}

TEST(Booster, RefusesWhatIsNoModel) {
  for (const std::string text : {"", "{}", "[1, 2", "{\"learner\": 7}", "binf\x01\x02"}) {
    try {
      static_cast<void>(Booster::from_json(text));
      ADD_FAILURE() << "took '" << text << "'";
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), Errc::input_corrupt) << text;
    }
  }
}

}  // namespace
}  // namespace chasqui::model
