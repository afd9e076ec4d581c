#include "compress/need.hpp"

#include "compress/guess_correction.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace chasqui::compress {
namespace {

constexpr double part_s = 0.12;
constexpr double mos_per_octave = 2;

quality::WindowScore window(double begin_s, double mos, double estoi = 0.9) {
  return {.begin_s = begin_s, .end_s = begin_s + 4, .estoi = estoi, .nsim = 0.8, .mos = mos, .active = 1};
}

Probe probe(std::vector<quality::WindowScore> windows, std::size_t parts = 50, float kbps = 8) {
  return {
      .settings = {}, .kbps = std::vector(parts, kbps), .packets = {}, .bytes = 1000, .windows = std::move(windows)};
}

TEST(Need, FollowsTheWindowOverAPartThatAsksForMost) {
  const auto need =
      need_of(probe({window(0, 3.5), window(1, 2.5), window(2, 3.5)}), {.mos = 3, .estoi = {}}, mos_per_octave);
  EXPECT_LT(need[0].value(), 0);                                                // under the first window alone
  EXPECT_NEAR(need[static_cast<std::size_t>(2 / part_s)].value(), 0.25, 0.05);  // half a MOS, and a margin
  EXPECT_LT(need[static_cast<std::size_t>(5.5 / part_s)].value(), 0);
}

TEST(Need, IsNothingWhereNoWindowIsScored) {
  auto unscored = window(0, 3);
  unscored.mos.reset();
  for (const auto& octaves : need_of(probe({unscored}), {}, mos_per_octave)) EXPECT_FALSE(octaves);
  const auto course = answer(std::vector<float>(2, 9), {std::nullopt, 0.3}, {}, {.lowest_kbps = 5, .highest_kbps = 16});
  EXPECT_EQ(course[0], 5);
  EXPECT_GT(course[1], 9);
}

TEST(Need, TakesWindowsThatBeganInTheSegmentBefore) {
  const auto need = need_of(probe({window(-3, 2)}), {.mos = 3, .estoi = {}}, mos_per_octave);
  EXPECT_GT(need[0].value(), 0.4);
  EXPECT_FALSE(need[20]);
}

TEST(Need, OfIntelligibilityIsAnOctaveAtMostBeyondThatOfTheMos) {
  const double mos_alone = need_of(probe({window(0, 3)}), {.mos = 3, .estoi = {}}, mos_per_octave)[0].value();
  const double a_little = need_of(probe({window(0, 3, 0.86)}), {.mos = 3, .estoi = 0.9}, mos_per_octave)[0].value();
  const double far_below = need_of(probe({window(0, 3, 0.2)}), {.mos = 3, .estoi = 0.9}, mos_per_octave)[0].value();
  EXPECT_EQ(mos_alone, 0);
  EXPECT_NEAR(a_little, 0.04 / estoi_per_octave, 0.05);
  EXPECT_DOUBLE_EQ(far_below, 1);
}

TEST(Need, ThatIsSmallIsNotWorthAnotherEncode) {
  const std::vector<float> course(50, 8);
  const auto answered = [&](double mos, double estoi = 0.9) {
    const auto probed = probe({window(0, mos, estoi), window(2, mos, estoi)});
    return answer(course, need_of(probed, {.mos = 3, .estoi = 0.8}, mos_per_octave),
                  need_of(probed, {.mos = 3, .estoi = {}}, mos_per_octave), {});
  };
  EXPECT_EQ(answered(3.1), course);
  EXPECT_LT(answered(3.5).front(), 7.5F);
  EXPECT_GT(answered(2.99).front(), 8.0F);
  EXPECT_EQ(answered(3.1, 0.797), course);
  EXPECT_GT(answered(3.1, 0.78).front(), 8.0F);
}

TEST(Need, IsAnsweredWithinTheRangeAndInSteps) {
  const Range range{.lowest_kbps = 7, .highest_kbps = 10};
  const auto course = answer(std::vector<float>{8, 8, 9.9F}, {3.0, -3.0, 3.0}, {0.1}, range);
  EXPECT_EQ(course, (std::vector<float>{10, 7, 10}));
  EXPECT_NEAR(answer(std::vector<float>{8}, {3.0}, {3.0}, {})[0], 8 * std::sqrt(2.0), 1e-4);
  EXPECT_NEAR(out_of_reach(std::vector<float>{8, 8}, {1.0, -1.0}, range), 1 - std::log2(10.0 / 8), 1e-9);
}

TEST(Raise, NeverLowersAndGrowsWithEveryTime) {
  const std::vector<float> course{8, 8, 8};
  const Need need{0.1, -0.5, std::nullopt};
  const auto once = raise(course, need, 1, {});
  const auto thrice = raise(course, need, 3, {});
  EXPECT_EQ(once[1], 8);
  EXPECT_EQ(once[2], 8);
  EXPECT_GT(once[0], 8);
  EXPECT_GT(thrice[0], once[0]);
}

TEST(GuessCorrection, LearnsTheMedianOfWhatGuessesWereOff) {
  GuessCorrection correction;
  EXPECT_EQ(correction.apply({.kbps = 8}).kbps, 8);
  for (const double mos : {2.0, 3.0, 3.0}) {
    Found found;
    found.goal.mos = 3;
    found.best = probe({window(0, mos), window(2, mos)}, 50, 10);
    correction.learn({.kbps = 8}, found);
  }
  EXPECT_NEAR(correction.apply({.kbps = 8}).kbps, 10, 0.01);
}

}  // namespace
}  // namespace chasqui::compress
