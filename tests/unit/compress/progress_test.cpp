#include "compress/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace chasqui::compress {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

class ProgressReports : public testing::Test {
 protected:
  std::vector<double> told;
  CompressOptions options;

  void SetUp() override {
    options.on_progress = [this](const Progress& progress) { told.push_back(progress.fraction); };
  }
};

TEST_F(ProgressReports, NeverFall) {
  options.on_progress = never_falling(options.on_progress);
  const auto copy = options.on_progress;
  for (const double fraction : {0.1, 0.6}) options.on_progress({fraction, 0});
  for (const double fraction : {0.3, 0.7}) copy({fraction, 0});
  EXPECT_THAT(told, ElementsAre(0.1, 0.6, 0.6, 0.7));
}

TEST_F(ProgressReports, OfEveryTryFillHalfOfWhatIsLeft) {
  options.budget_bytes = 1000;
  report_conditioning_progress(options, 1, 9);
  for (int number = 0; number < 3; ++number) {
    CompressOptions one = options;
    one.on_progress = progress_of_try(number, options);
    for (const std::int64_t done : {0, 100}) report_encoding_progress(one, 100, done);
  }
  const auto near = [](double fraction) { return DoubleNear(fraction, 1e-9); };
  EXPECT_THAT(told, ElementsAre(near(0.5), near(0.5), near(0.75), near(0.75), near(0.875), near(0.875), near(0.9375)));
}

TEST_F(ProgressReports, AreMadeForNobody) {
  EXPECT_FALSE(never_falling({}));
  EXPECT_FALSE(progress_of_try(0, {}));
}

}  // namespace
}  // namespace chasqui::compress
