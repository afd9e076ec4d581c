#include "audio/denoiser.hpp"

#include "audio/noise_floor.hpp"
#include "unit/audio_conditioner/sounds.hpp"

#include <gtest/gtest.h>

#include <chasqui/error.hpp>
#include <cmath>

namespace chasqui::audio {
namespace {

using namespace sounds;

class DenoiserTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!denoiser_available()) GTEST_SKIP() << "built without RNNoise";
  }
};

/// SNR of `sound` as an estimate of `clean`, in dB.
double snr_db(const Sound& clean, const Sound& sound) {
  return decibels(rms(clean) / rms(sound + -1.0 * clean));
}

TEST_F(DenoiserTest, IsAlignedToTheSample) {
  const Sound clean = speech(6);
  const Sound out = Denoiser().process(clean, 0, clean.size(), {});
  ASSERT_EQ(out.size(), clean.size());
  // What the dry quarter adds is taken away, so that RNNoise's own alignment is seen.
  const Sound wet = out + -0.25 * clean;
  double best = -1;
  int best_lag = -100;
  for (int lag = -20; lag <= 20; ++lag) {
    double product = 0;
    for (std::size_t i = 100; i + 100 < clean.size(); ++i)
      product +=
          static_cast<double>(clean[i]) * static_cast<double>(wet[static_cast<std::size_t>(static_cast<int>(i) + lag)]);
    if (product > best) {
      best = product;
      best_lag = lag;
    }
  }
  EXPECT_EQ(best_lag, 0);
}

TEST_F(DenoiserTest, ImprovesNoisySpeechAndSparesCleanSpeech) {
  const Sound clean = speech(8);
  struct Case {
    double snr_db, better_by_db;
  };
  for (const Case c : {Case{0, 4}, Case{5, 3}, Case{15, 1}}) {
    const Sound hiss = noise(rms(clean) * std::pow(10, -c.snr_db / 20), 8);
    const Sound out = Denoiser().process(clean + hiss, 0, clean.size(), {});
    EXPECT_GT(snr_db(clean, out), c.snr_db + c.better_by_db) << c.snr_db;
  }
  const Sound out = Denoiser().process(clean, 0, clean.size(), {});
  EXPECT_GT(snr_db(clean, out), 15);
  EXPECT_NEAR(decibels(rms(out) / rms(clean)), 0, 0.5);
}

TEST_F(DenoiserTest, AgreesAfterPrimingWithAnUnbrokenRun) {
  const Sound sound = speech(8) + noise(0.01, 8);
  const Sound whole = Denoiser().process(sound, 0, sound.size(), {});
  const std::size_t begin = 4 * 48'000;
  const auto rest = std::span(sound).subspan(begin - Denoiser::priming_samples);
  const Sound part = Denoiser().process(rest, Denoiser::priming_samples, rest.size(), {});
  const Sound expected(whole.begin() + static_cast<std::ptrdiff_t>(begin), whole.end());
  EXPECT_GT(snr_db(expected, part), 20);
}

TEST_F(DenoiserTest, GivesWhatWasAskedForBeyondTheEndAndOnSilence) {
  EXPECT_EQ(Denoiser().process(Sound(1, 0.1F), 0, 1, {}).size(), 1U);
  const Sound quiet = Denoiser().process(silence(1), 0, 48'000, {});
  for (const float sample : quiet) ASSERT_NEAR(sample, 0, 1e-4F);
}

TEST_F(DenoiserTest, StopsOnRequest) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(Denoiser().process(silence(1), 0, 48'000, stop.get_token()), Failure);
}

TEST(NoiseFloor, MeasuresNoiseBetweenTheWordsAndTheVoice) {
  Sound bursts;
  for (int i = 0; i < 10; ++i) bursts = joined({bursts, noise(0.1, 0.8), silence(0.2)});
  for (const double floor_db : {-80.0, -60.0, -40.0}) {
    const LevelStats stats = measure_levels(bursts + noise(std::pow(10, floor_db / 20), 10, 7));
    EXPECT_NEAR(stats.floor_db, floor_db, 1) << floor_db;
    EXPECT_NEAR(stats.voice_db, -20, 1) << floor_db;
  }
  EXPECT_DOUBLE_EQ(measure_levels(silence(1)).quiet_share, 1);
  EXPECT_DOUBLE_EQ(measure_levels({}).floor_db, -100);
}

bool decide(DenoiseDecision& decision, std::initializer_list<double> snrs, std::size_t musical_pieces = 0) {
  std::vector<PieceLevels> around;
  for (const double snr : snrs)
    around.push_back({{.floor_db = -20 - snr, .voice_db = -20, .quiet_share = 0}, around.size() < musical_pieces});
  return decision.decide(around);
}

TEST(DenoiseDecision, DoesNotFlapBetweenNeighbours) {
  DenoiseDecision decision;
  EXPECT_FALSE(decide(decision, {40, 40, 10, 40, 40})) << "one noisy piece among clean ones";
  EXPECT_TRUE(decide(decision, {10, 10, 40, 10, 10})) << "one clean piece among noisy ones";
  EXPECT_TRUE(decide(decision, {32, 32, 32, 32, 32})) << "between the thresholds nothing changes";
  EXPECT_TRUE(decide(decision, {10, 10, 10, 10, 10}, 2)) << "nor for a few pieces with music";
  EXPECT_FALSE(decide(decision, {10, 10, 10, 10, 10}, 4));
  EXPECT_FALSE(decide(decision, {10, 10, 10, 10, 10}, 2)) << "nor back";
  EXPECT_TRUE(decide(decision, {10, 10, 10, 10, 10}));
  EXPECT_FALSE(decide(decision, {40, 40, 40, 40, 40}));
  EXPECT_FALSE(decide(decision, {32, 32, 32, 32, 32}));
  EXPECT_FALSE(decision.decide(std::vector<PieceLevels>(3))) << "silence has no say";
}

}  // namespace
}  // namespace chasqui::audio
