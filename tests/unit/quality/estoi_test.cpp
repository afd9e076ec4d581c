#include "quality/estoi.hpp"

#include "unit/quality/signals.hpp"

#include <gtest/gtest.h>

namespace chasqui::quality {
namespace {

struct Pinned {
  int sample_rate_hz;
  float noise_gain;
  double pystoi;
};

// pystoi.stoi(x, y, fs, extended=True) of pystoi 0.4.1, numpy 2.4, where x = voice(6, fs) and y = x + gain * noise(n,
// 7), written once more in Python after signals.hpp and rounded to float32 like here.
class EstoiAgainstPystoi : public testing::TestWithParam<Pinned> {};

TEST_P(EstoiAgainstPystoi, IsTheSame) {
  const auto& [rate, gain, expected] = GetParam();
  const auto x = test::voice(6, rate);
  const auto y = test::mix(x, test::noise(x.size(), 7), gain);
  const auto score = estoi(x, y, rate);
  ASSERT_TRUE(score);
  EXPECT_NEAR(*score, expected, 1e-4);
}

INSTANTIATE_TEST_SUITE_P(Rates, EstoiAgainstPystoi,
                         testing::Values(Pinned{10'000, 0.01F, 0.990179}, Pinned{10'000, 0.05F, 0.876834},
                                         Pinned{10'000, 0.30F, 0.472748}, Pinned{16'000, 0.01F, 0.990951},
                                         Pinned{16'000, 0.05F, 0.896728}, Pinned{16'000, 0.30F, 0.542393},
                                         Pinned{44'100, 0.01F, 0.994247}, Pinned{44'100, 0.05F, 0.939506},
                                         Pinned{44'100, 0.30F, 0.679746}, Pinned{48'000, 0.01F, 0.995457},
                                         Pinned{48'000, 0.05F, 0.947021}, Pinned{48'000, 0.30F, 0.671892}));

TEST(Estoi, IsOneForTheSameSignalAtAnyGain) {
  const auto x = test::voice(4, 16'000);
  std::vector<float> quiet(x);
  for (float& value : quiet) value *= 0.01F;
  EXPECT_NEAR(estoi(x, x, 16'000).value(), 1, 1e-4);
  EXPECT_NEAR(estoi(x, quiet, 16'000).value(), 1, 1e-3);
}

TEST(Estoi, FallsWithTheNoise) {
  const auto x = test::voice(5, 16'000);
  const auto hiss = test::noise(x.size(), 3);
  double previous = 1.001;
  for (const float gain : {0.0F, 0.003F, 0.01F, 0.03F, 0.1F, 0.3F, 1.0F}) {
    const double score = estoi(x, test::mix(x, hiss, gain), 16'000).value();
    EXPECT_LT(score, previous) << gain;
    previous = score;
  }
}

TEST(Estoi, IsNearZeroForUnrelatedSound) {
  const auto x = test::voice(5, 16'000);
  EXPECT_LT(estoi(x, test::noise(x.size(), 9), 16'000).value(), 0.2);
  EXPECT_NEAR(estoi(x, std::vector<float>(x.size()), 16'000).value(), 0, 1e-3);
}

TEST(Estoi, ScoresNothingWhereThereIsTooLittleSpeech) {
  const auto x = test::voice(0.3, 16'000);
  EXPECT_FALSE(estoi(x, x, 16'000));
  EXPECT_FALSE(estoi({}, {}, 16'000));
  const std::vector<float> silence(48'000);
  EXPECT_FALSE(estoi(silence, silence, 16'000));
  EXPECT_FALSE(estoi(std::span(x).first(1), x, 16'000));
}

TEST(Estoi, CutsTheLongerSignal) {
  const auto x = test::voice(4, 16'000);
  auto longer = x;
  longer.resize(x.size() + 20'000, 0.5F);
  EXPECT_DOUBLE_EQ(estoi(x, longer, 16'000).value(), estoi(x, x, 16'000).value());
}

TEST(EstoiSpeechThreshold, IsNotMovedByOneClick) {
  auto x = test::voice(8, 16'000);
  const double before = estoi_speech_threshold_db(estoi_frame_levels(x, 16'000));
  for (std::size_t i = 40'000; i < 40'050; ++i) x[i] = i % 2 == 0 ? 30.0F : -30.0F;
  EXPECT_NEAR(estoi_speech_threshold_db(estoi_frame_levels(x, 16'000)), before, 1);
}

}  // namespace
}  // namespace chasqui::quality
