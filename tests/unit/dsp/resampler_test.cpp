#include "dsp/resampler.hpp"

#include "unit/quality/signals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <cmath>
#include <numbers>

namespace chasqui::dsp {
namespace {

std::vector<float> tone(double hz, int rate, std::size_t count) {
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; ++i)
    out[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate));
  return out;
}

struct Rates {
  int from_hz;
  int to_hz;
};
class ResamplerRates : public testing::TestWithParam<Rates> {};

TEST_P(ResamplerRates, KeepsTonesInPlaceAndRemovesWhatDoesNotFit) {
  const auto [from, to] = GetParam();
  const auto count = static_cast<std::size_t>(from);
  const double nyquist = std::min(from, to) / 2.0;
  const double inside = 0.8 * nyquist;
  const auto out = resample(tone(inside, from, count), from, to);
  const auto expected = tone(inside, to, out.size());
  for (std::size_t i = out.size() / 4; i < out.size() * 3 / 4; ++i) ASSERT_NEAR(out[i], expected[i], 2e-3) << i;
  if (from <= to) return;
  const auto removed = resample(tone(std::min(1.2 * nyquist, 0.98 * from / 2), from, count), from, to);
  for (std::size_t i = out.size() / 4; i < out.size() * 3 / 4; ++i) ASSERT_LT(std::abs(removed[i]), 2e-3) << i;
}

TEST_P(ResamplerRates, DoesNotDependOnTheSizeOfThePushes) {
  const auto [from, to] = GetParam();
  const auto input = quality::test::noise(5'003, 2);
  const auto whole = resample(input, from, to);
  EXPECT_EQ(whole.size(), (input.size() * to + from - 1) / static_cast<std::size_t>(from));
  for (const std::size_t step : {1U, 7U, 1'000U}) {
    Resampler resampler(from, to);
    std::vector<float> out;
    for (std::size_t begin = 0; begin < input.size(); begin += step)
      resampler.push(std::span(input).subspan(begin, std::min(step, input.size() - begin)), out);
    resampler.finish(out);
    EXPECT_EQ(out, whole) << step;
  }
}

INSTANTIATE_TEST_SUITE_P(Common, ResamplerRates,
                         testing::Values(Rates{48'000, 16'000}, Rates{48'000, 10'000}, Rates{44'100, 10'000},
                                         Rates{44'100, 16'000}, Rates{16'000, 10'000}, Rates{8'000, 16'000},
                                         Rates{16'000, 16'000}));

TEST(Resampler, GivesNothingForNothing) {
  EXPECT_TRUE(resample({}, 48'000, 16'000).empty());
}

TEST(Resampler, RefusesImpossibleRates) {
  for (const auto& [from, to] :
       {Rates{0, 16'000}, Rates{-1, 16'000}, Rates{48'000, 0}, Rates{1'000'000, 16'000}, Rates{767'999, 16'000}})
    EXPECT_THROW(Resampler(from, to), Failure) << from << " " << to;
}

}  // namespace
}  // namespace chasqui::dsp
