#include "quality/bark_spectrogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace chasqui::quality {
namespace {

std::vector<float> tone(double hz, double seconds) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * bark_rate_hz));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = 0.1F * static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / bark_rate_hz));
  return samples;
}

TEST(BarkSpectrogram, HasBandsThatGrowFromOneBinOn) {
  const BarkFilterBank filters;
  for (std::size_t band = 1; band < 10; ++band) EXPECT_NEAR(filters.width(band), 0.30, 0.02) << band;
  for (std::size_t band = 1; band < bark_bands; ++band) {
    EXPECT_GT(filters.width(band), 0.22) << band;
    EXPECT_LT(filters.width(band), 0.60) << band;
    EXPECT_GT(filters.centre(band), filters.centre(band - 1)) << band;
  }
  EXPECT_NEAR(filters.centre_hz(bark_bands - 1), 7'320, 60);
}

TEST(BarkSpectrogram, PutsATonesPowerIntoItsBand) {
  const BarkFilterBank filters;
  for (const double hz : {250.0, 500.0, 1'000.0, 2'000.0, 4'000.0, 6'500.0}) {
    const auto sound = filters.spectrogram(tone(hz, 1));
    ASSERT_EQ(sound.power.size(), (16'000 - bark_frame) / bark_hop + 1);
    const auto& power = sound.power[50];
    const auto loudest = static_cast<std::size_t>(std::max_element(power.begin(), power.end()) - power.begin());
    const double off = std::abs(6 * std::asinh(hz / 600) - filters.centre(loudest));
    EXPECT_LE(off, filters.width(loudest) / 2 + 0.01F) << hz;
  }
}

TEST(BarkSpectrogram, LeavesOutRumble) {
  const BarkFilterBank filters;
  const auto power = [&](double hz) { return filters.spectrogram(tone(hz, 1)).power[50]; };
  const auto most = [](const BarkBands& bands) { return *std::max_element(bands.begin(), bands.end()); };
  EXPECT_LT(most(power(31.25)), 0.05F * most(power(500)));
  EXPECT_LT(most(power(10)), 0.001F * most(power(500)));
}

TEST(BarkSpectrogram, SetsTheLevelByTheTelephoneBand) {
  const BarkFilterBank filters;
  EXPECT_GT(filters.spectrogram(tone(1'000, 1)).telephone_power[50],
            1e3F * filters.spectrogram(tone(5'000, 1)).telephone_power[50]);
}

}  // namespace
}  // namespace chasqui::quality
