#include "quality/compare.hpp"

#include "dsp/resampler.hpp"
#include "unit/quality/signals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace chasqui::quality {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(Compare, AlignsEvensOutAndScoresAcrossRates) {
  const auto x = test::voice(12, 48'000);
  std::vector<float> late(48'000 * 2);
  late.insert(late.end(), x.begin(), x.end());
  for (float& value : late) value *= -0.25F;
  const auto y = dsp::resample(late, 48'000, 24'000);
  const auto result = compare({x, 48'000}, {y, 24'000});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->alignment.lag_samples, 2 * scoring_rate_hz);
  EXPECT_NEAR(result->lag_s, 2, 1e-9);
  EXPECT_NEAR(result->length_s, 12, 1e-3);
  EXPECT_TRUE(result->alignment.inverted);
  EXPECT_GT(result->estoi.worst, 0.999);
  EXPECT_GT(result->nsim.worst, 0.99);
  EXPECT_GT(result->whole_estoi.value(), 0.999);
  EXPECT_THAT(result->warnings, Contains(HasSubstr("polarity")));
}

TEST(Compare, GivesTimesInTheReferenceWhenItsBeginningIsMissing) {
  const auto x = test::voice(15, 16'000);
  const auto result = compare({x, 16'000}, {std::span(x).subspan(48'000), 16'000});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_NEAR(result->reference_begin_s, 3, 1e-9);
  EXPECT_NEAR(result->windows.front().begin_s, 3, 1e-9);
  EXPECT_NEAR(result->windows.back().end_s, 15, 1e-9);
  EXPECT_NEAR(result->estoi.mean, 1, 1e-4);
}

TEST(Compare, RefusesWhatIsNotTheSameRecordingUnlessTold) {
  const auto x = test::voice(12, 16'000, 1);
  const auto y = test::noise(x.size(), 2);
  const auto refused = compare({x, 16'000}, {y, 16'000});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::usage);
  EXPECT_THAT(refused.error().message, HasSubstr("do not look like the same recording"));
  const auto accepted = compare({x, 16'000}, {y, 16'000}, {.windows = {}, .accept_poor_alignment = true});
  ASSERT_TRUE(accepted);
  EXPECT_THAT(accepted->warnings, Contains(HasSubstr("do not look like the same recording")));
  EXPECT_LT(accepted->estoi.mean, 0.3);
}

struct Refused {
  const char* name;
  std::size_t reference_samples;
  std::size_t degraded_samples;
  int sample_rate_hz;
  Errc code;
};
class CompareRefuses : public testing::TestWithParam<Refused> {};

TEST_P(CompareRefuses, WithOneClearLine) {
  const auto& [name, reference, degraded, rate, code] = GetParam();
  const std::vector<float> zeros(std::max(reference, degraded));
  const auto result = compare({std::span(zeros).first(reference), rate}, {std::span(zeros).first(degraded), rate},
                              {.windows = {}, .longest_s = 10});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code);
  EXPECT_THAT(result.error().message, HasSubstr(name));
}

INSTANTIATE_TEST_SUITE_P(Inputs, CompareRefuses,
                         testing::Values(Refused{"reference", 0, 100, 16'000, Errc::input_empty},
                                         Refused{"degraded", 100, 0, 16'000, Errc::input_empty},
                                         Refused{"degraded", 100, 170'000, 16'000, Errc::input_too_long},
                                         Refused{"reference", 100, 100, 0, Errc::input_unsupported},
                                         Refused{"resample", 100, 100, 999'983, Errc::input_unsupported}));

TEST(Compare, SaysNotScoredForSilenceAndBriefSounds) {
  const auto x = test::voice(6, 16'000);
  const std::vector<float> silence(x.size());
  const auto brief = std::span(x).first(4'800);
  const auto expect_finite = [](const Result<Comparison>& result, bool scored) {
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->estoi.count > 0, scored);
    for (const double value :
         {result->estoi.mean, result->nsim.mean, result->alignment.gain, result->alignment.correlation})
      EXPECT_TRUE(std::isfinite(value));
  };
  expect_finite(compare({silence, 16'000}, {silence, 16'000}), false);
  expect_finite(compare({silence, 16'000}, {x, 16'000}), false);
  expect_finite(compare({brief, 16'000}, {brief, 16'000}), false);
  const auto muted = compare({x, 16'000}, {silence, 16'000});
  expect_finite(muted, true);
  EXPECT_NEAR(muted->estoi.mean, 0, 1e-3);
  EXPECT_THAT(muted->warnings, Contains(HasSubstr("degraded recording is silent")));
}

}  // namespace
}  // namespace chasqui::quality
