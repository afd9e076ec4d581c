#include "quality/disturbance.hpp"

#include "quality/mos.hpp"
#include "unit/quality/signals.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace chasqui::quality {
namespace {

Disturbance between(std::span<const float> x, std::span<const float> y) {
  const DisturbanceModel model;
  const auto reference = model.spectrogram(x);
  return model.compare(reference, model.spectrogram(y), 0, reference.power.size());
}

std::vector<float> scaled(std::vector<float> x, float gain) {
  for (float& value : x) value *= gain;
  return x;
}

std::vector<float> with_noise(const std::vector<float>& x, double snr_db) {
  const auto power = [](std::span<const float> sound) {
    double sum = 0;
    for (const float value : sound) sum += static_cast<double>(value) * static_cast<double>(value);
    return sum;
  };
  const auto hiss = test::noise(x.size(), 7);
  return test::mix(x, hiss, static_cast<float>(std::sqrt(power(x) / power(hiss) * std::pow(10, -snr_db / 10))));
}

TEST(Disturbance, IsNothingForTheSameSound) {
  const auto x = test::voice(4, 16'000);
  EXPECT_NEAR(between(x, x).symmetric, 0, 1e-6);
  EXPECT_NEAR(between(x, x).asymmetric, 0, 1e-6);
}

TEST(Disturbance, DoesNotDependOnLevel) {
  const auto x = test::voice(4, 16'000);
  const auto y = with_noise(x, 10);
  const auto once = between(x, y);
  for (const float gain : {0.1F, 3.0F}) {
    const auto again = between(x, scaled(y, gain));
    EXPECT_NEAR(again.symmetric, once.symmetric, 0.01 * once.symmetric);
    EXPECT_NEAR(again.asymmetric, once.asymmetric, 0.01 * once.asymmetric);
  }
}

TEST(Disturbance, GrowsWithNoise) {
  const auto x = test::voice(4, 16'000);
  Disturbance last;
  double mos = std::numeric_limits<double>::infinity();
  for (const double snr_db : {40.0, 30.0, 20.0, 10.0, 0.0}) {
    const auto now = between(x, with_noise(x, snr_db));
    EXPECT_GT(now.symmetric, last.symmetric) << snr_db;
    EXPECT_GE(now.asymmetric, last.asymmetric) << snr_db;
    EXPECT_LT(mos_lqo(now), mos) << snr_db;
    mos = mos_lqo(now);
    last = now;
  }
}

TEST(Disturbance, WhatIsAddedAnnoysMoreThanWhatIsMissing) {
  const auto x = test::voice(4, 16'000);
  const auto y = with_noise(x, 10);
  EXPECT_GT(between(x, y).asymmetric, 2 * between(y, x).asymmetric);
}

TEST(Disturbance, JudgesFramesAsARecordingOfTheirOwn) {
  const auto x = test::voice(4, 16'000);
  const auto y = with_noise(x, 10);
  const DisturbanceModel model;
  constexpr std::size_t begin = 60;
  constexpr std::size_t end = 180;
  const auto whole = model.compare(model.spectrogram(x), model.spectrogram(y), begin, end);
  const auto cut = [](std::span<const float> sound) {
    return sound.subspan(begin * bark_hop, (end - begin - 1) * bark_hop + bark_frame);
  };
  const auto part = between(cut(x), cut(y));
  EXPECT_NEAR(whole.symmetric, part.symmetric, 1e-5 * part.symmetric);
  EXPECT_NEAR(whole.asymmetric, part.asymmetric, 1e-5 * part.asymmetric + 1e-9);
}

// A band that is hardly heard is not evened out for the sake of the few frames in which it is.
TEST(Disturbance, IsNotUpsetByRumble) {
  const auto x = test::voice(4, 16'000);
  auto rumble = x;
  for (std::size_t i = 0; i < x.size(); ++i)
    rumble[i] += 0.05F * static_cast<float>(std::sin(2 * std::numbers::pi * 12 * static_cast<double>(i) / 16'000));
  EXPECT_GT(mos_lqo(between(x, rumble)), 4.4);
  const auto y = with_noise(x, 20);
  EXPECT_NEAR(mos_lqo(between(rumble, y)), mos_lqo(between(x, y)), 0.05);
}

TEST(Disturbance, KeepsItsNumbers) {
  struct Case {
    double snr_db, symmetric, asymmetric, mos;
  };
  const auto x = test::voice(4, 16'000);
  for (const Case& expected :
       {Case{30, 11.74, 34.88, 2.283}, Case{20, 21.06, 39.80, 1.387}, Case{10, 32.07, 44.65, 1.075}}) {
    const auto found = between(x, with_noise(x, expected.snr_db));
    EXPECT_NEAR(found.symmetric, expected.symmetric, 0.01 * expected.symmetric);
    EXPECT_NEAR(found.asymmetric, expected.asymmetric, 0.01 * expected.asymmetric);
    EXPECT_NEAR(mos_lqo(found), expected.mos, 0.01);
  }
}

TEST(Disturbance, HasNoWordOnSilenceAndShortSound) {
  const std::vector<float> silence(64'000);
  EXPECT_EQ(between(silence, silence).symmetric, 0);
  const std::vector<float> brief(bark_frame - 1, 0.1F);
  EXPECT_TRUE(DisturbanceModel().spectrogram(brief).power.empty());
  EXPECT_EQ(between(brief, brief).symmetric, 0);
}

TEST(Mos, StaysWithinItsScale) {
  EXPECT_GT(mos_lqo({}), 4.4);
  EXPECT_LT(mos_lqo({}), 5.0);
  EXPECT_GE(mos_lqo({.symmetric = 45, .asymmetric = 45}), 0.999);
  EXPECT_LT(mos_lqo({.symmetric = 45, .asymmetric = 45}), 1.1);
}

}  // namespace
}  // namespace chasqui::quality
