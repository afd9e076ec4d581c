#include "quality/nsim.hpp"

#include "unit/quality/signals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace chasqui::quality {
namespace {

std::optional<double> similarity(std::span<const float> x, std::span<const float> y) {
  const GammatoneFilterBank filters;
  const auto reference = filters.spectrogram(x);
  return nsim_track(reference, filters.spectrogram(y), nsim_speech_power(reference.power)).mean();
}

// Slaney's ERBSpace for 21 channels from 50 Hz to 8 kHz: the lowest centre is 50 Hz and steps are equal on the ERB-rate
// scale.
TEST(Gammatone, CentresAreSpacedEvenlyOnTheErbScale) {
  const auto centres = gammatone_centres_hz();
  EXPECT_NEAR(centres.front(), 50, 1e-6);
  const auto erb_rate = [](double hz) { return std::log(hz + 9.26449 * 24.7); };
  const double step = erb_rate(centres[1]) - erb_rate(centres[0]);
  for (std::size_t i = 1; i < centres.size(); ++i)
    EXPECT_NEAR(erb_rate(centres[i]) - erb_rate(centres[i - 1]), step, 1e-9);
  EXPECT_NEAR(std::exp(erb_rate(centres.back()) + step) - 9.26449 * 24.7, 8'000, 1e-6);
}

TEST(Gammatone, AToneAtABandsCentreIsLoudestThereAtItsOwnLevel) {
  const GammatoneFilterBank filters;
  const auto centres = gammatone_centres_hz();
  for (const std::size_t band : {4U, 10U, 16U, 20U}) {
    std::vector<float> tone(gammatone_frame);
    for (std::size_t i = 0; i < tone.size(); ++i)
      tone[i] =
          static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * centres[band] * static_cast<double>(i) / 16'000));
    const auto spectrogram = filters.spectrogram(tone);
    ASSERT_EQ(spectrogram.levels.size(), 1U);
    const auto& levels = spectrogram.levels[0];
    EXPECT_EQ(std::max_element(levels.begin(), levels.end()) - levels.begin(), band);
    // Mean square of a Hann-windowed tone: 0.375 A^2 / 2, in ViSQOL's half decibels.
    EXPECT_NEAR(levels[band], 5 * std::log10(0.375 * 0.125), 0.15);
  }
}

TEST(Nsim, IsOneForTheSameSignal) {
  const auto x = test::voice(4, 16'000);
  EXPECT_NEAR(similarity(x, x).value(), 1, 1e-4);
}

TEST(Nsim, FallsWithTheNoise) {
  const auto x = test::voice(4, 16'000);
  const auto hiss = test::noise(x.size(), 3);
  double previous = 1.001;
  for (const float gain : {0.0F, 0.003F, 0.01F, 0.03F, 0.1F, 0.3F}) {
    const double score = similarity(x, test::mix(x, hiss, gain)).value();
    EXPECT_LT(score, previous) << gain;
    previous = score;
  }
}

TEST(Nsim, ScoresNothingWithoutSpeech) {
  EXPECT_FALSE(similarity({}, {}));
  const std::vector<float> silence(32'000);
  EXPECT_FALSE(similarity(silence, silence));
  EXPECT_FALSE(similarity(test::voice(0.05, 16'000), test::voice(0.05, 16'000)));
}

}  // namespace
}  // namespace chasqui::quality
