#include "quality/alignment.hpp"

#include "unit/quality/signals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace chasqui::quality {
namespace {

constexpr int rate_hz = 16'000;

// reference[n] = degraded[n + lag], with silence where there is nothing.
std::vector<float> moved(std::span<const float> reference, std::int64_t lag, std::size_t size) {
  std::vector<float> out(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::int64_t n = static_cast<std::int64_t>(i) - lag;
    if (n >= 0 && n < static_cast<std::int64_t>(reference.size())) out[i] = reference[static_cast<std::size_t>(n)];
  }
  return out;
}

class Lags : public testing::TestWithParam<std::int64_t> {
 protected:
  static void SetUpTestSuite() { recording() = test::voice(16, rate_hz); }
  static std::vector<float>& recording() {
    static std::vector<float> samples;
    return samples;
  }
};

TEST_P(Lags, AreFoundToTheSampleDespiteGainPolarityAndNoise) {
  const auto& x = recording();
  const std::int64_t lag = GetParam();
  for (const float gain : {0.3F, -0.3F}) {
    auto y = moved(x, lag, x.size());
    for (float& value : y) value *= gain;
    y = test::mix(y, test::noise(y.size(), 5), 0.01F);
    const auto result = align(x, y, rate_hz);
    EXPECT_EQ(result.lag_samples, lag);
    EXPECT_EQ(result.inverted, gain < 0);
    EXPECT_NEAR(result.gain, 0.3, 0.02);
    EXPECT_TRUE(result.trustworthy());
    EXPECT_EQ(result.drift_ppm, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(SeveralSeconds, Lags, testing::Values(0, 1, -1, 312, -6'543, -71'117, 112'003));

TEST(Align, TakesDifferentLengthsAndShortRecordings) {
  const auto x = test::voice(12, rate_hz);
  const auto longer = moved(x, 30'000, x.size() + 100'000);
  EXPECT_EQ(align(x, longer, rate_hz).lag_samples, 30'000);
  EXPECT_EQ(align(longer, x, rate_hz).lag_samples, -30'000);
  const auto brief = std::span(x).first(rate_hz / 2);
  EXPECT_EQ(align(brief, moved(brief, 100, brief.size()), rate_hz).lag_samples, 100);
}

TEST(Align, SeesClocksThatDrift) {
  const auto x = test::voice(40, rate_hz);
  constexpr double ppm = 100;
  std::vector<float> y(x.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double place = static_cast<double>(i) / (1 + ppm * 1e-6);
    const auto below = static_cast<std::size_t>(place);
    const auto share = static_cast<float>(place - static_cast<double>(below));
    y[i] = x[below] * (1 - share) + x[std::min(below + 1, x.size() - 1)] * share;
  }
  EXPECT_NEAR(align(x, y, rate_hz).drift_ppm, ppm, 15);
}

TEST(Align, DoesNotTrustOtherRecordingsNorSilence) {
  const auto x = test::voice(20, rate_hz, 1);
  EXPECT_FALSE(align(x, test::noise(x.size(), 4), rate_hz).trustworthy());
  EXPECT_FALSE(align(x, std::vector<float>(x.size()), rate_hz).trustworthy());
  for (const auto& nothing : {std::vector<float>{}, std::vector<float>(10)}) {
    const auto result = align(x, nothing, rate_hz);
    EXPECT_EQ(result.correlation, 0);
    EXPECT_TRUE(std::isfinite(result.gain));
    EXPECT_FALSE(result.trustworthy());
  }
}

}  // namespace
}  // namespace chasqui::quality
