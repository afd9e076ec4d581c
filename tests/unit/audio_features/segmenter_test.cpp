#include "audio/segmenter.hpp"

#include "core/pcm.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <vector>

namespace chasqui::audio {
namespace {

using Cuts = std::vector<std::int64_t>;

std::size_t samples(double seconds) {
  return static_cast<std::size_t>(std::lround(seconds * core::sample_rate_hz));
}

std::vector<float> tone(double seconds, float amplitude = 0.3F) {
  std::vector<float> out(samples(seconds));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = amplitude *
             static_cast<float>(std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / core::sample_rate_hz));
  return out;
}

std::vector<float> noise(double seconds, float amplitude = 0.1F) {
  std::minstd_rand random(7);
  std::vector<float> out(samples(seconds));
  for (float& sample : out)
    sample = amplitude * (static_cast<float>(random()) / static_cast<float>(std::minstd_rand::max()) - 0.5F);
  return out;
}

Cuts cut(std::span<const float> pcm, std::size_t push = 48'000) {
  Segmenter segmenter;
  Cuts cuts;
  for (std::size_t at = 0; at < pcm.size(); at += push) {
    segmenter.push(pcm.subspan(at, std::min(push, pcm.size() - at)));
    for (const auto end : segmenter.take_cuts()) cuts.push_back(end);
  }
  segmenter.finish();
  for (const auto end : segmenter.take_cuts()) cuts.push_back(end);
  return cuts;
}

void expect_tiles(const Cuts& cuts, std::size_t length) {
  std::int64_t begin = 0;
  for (const auto end : cuts) {
    EXPECT_EQ(begin % core::packet_grid, 0);
    const double seconds = static_cast<double>(end - begin) / core::sample_rate_hz;
    EXPECT_LE(seconds, 20.0);
    EXPECT_GE(seconds, length >= samples(4) ? 4.0 : 0.0);
    begin = end;
  }
  EXPECT_EQ(begin, static_cast<std::int64_t>(length));
}

struct Case {
  std::string name;
  std::vector<float> pcm;
};

std::vector<Case> awkward_inputs() {
  std::vector<Case> cases = {
      {"nothing", {}},
      {"one sample", std::vector<float>(1, 0.5F)},
      {"3.99 s", tone(3.99)},
      {"4 s", tone(4)},
      {"20 s", tone(20)},
      {"20 s and a sample", tone(20 + 1.0 / core::sample_rate_hz)},
      {"20.01 s", tone(20.01)},
      {"23.99 s", tone(23.99)},
      {"24 s", noise(24)},
      {"24.01 s", noise(24.01)},
      {"silence", std::vector<float>(samples(61.7))},
      {"tone", tone(61.7)},
      {"noise", noise(61.7)},
      {"direct current", std::vector<float>(samples(30), 1.0F)},
      {"not a number", std::vector<float>(samples(30), std::numeric_limits<float>::quiet_NaN())},
      {"infinite", std::vector<float>(samples(30), std::numeric_limits<float>::infinity())},
      {"huge", std::vector<float>(samples(30), std::numeric_limits<float>::max())},
  };
  for (double seconds = 4; seconds < 50; seconds += 0.73) cases.push_back({std::to_string(seconds), noise(seconds)});
  return cases;
}

TEST(Segmenter, TilesAnyInputWithPiecesOfFourToTwentySeconds) {
  for (const auto& [name, pcm] : awkward_inputs()) {
    SCOPED_TRACE(name);
    expect_tiles(cut(pcm), pcm.size());
  }
}

TEST(Segmenter, DoesNotDependOnTheSizeOfPushes) {
  auto pcm = noise(50);
  for (std::size_t i = 0; i < pcm.size(); ++i)
    pcm[i] *= static_cast<float>(1 + std::sin(static_cast<double>(i) / 9'000)) / 2;
  const Cuts whole = cut(pcm, pcm.size());
  EXPECT_GE(whole.size(), 4U);
  for (const std::size_t push : {1U, 7U, 479U, 480U, 481U, 5'760U, 1'000'003U}) EXPECT_EQ(cut(pcm, push), whole);
}

TEST(Segmenter, CutsInsideThePauseWhateverItsPlace) {
  for (double at = 4.2; at < 19.5; at += 0.37) {
    SCOPED_TRACE(at);
    auto pcm = noise(40);
    std::fill_n(pcm.begin() + static_cast<std::ptrdiff_t>(samples(at)), samples(0.4), 0.0F);
    const auto first = static_cast<double>(cut(pcm).front()) / core::sample_rate_hz;
    EXPECT_GE(first, at);
    EXPECT_LE(first, at + 0.4);
  }
}

TEST(Segmenter, PrefersTheLongerOfTwoPauses) {
  auto pcm = noise(40);
  std::fill_n(pcm.begin() + static_cast<std::ptrdiff_t>(samples(7)), samples(0.15), 0.0F);
  std::fill_n(pcm.begin() + static_cast<std::ptrdiff_t>(samples(10)), samples(0.6), 0.0F);
  const auto first = static_cast<double>(cut(pcm).front()) / core::sample_rate_hz;
  EXPECT_GE(first, 10.0);
  EXPECT_LE(first, 10.6);
}

TEST(Segmenter, CutsSteadySoundAtItsWeakestSpot) {
  auto pcm = noise(40);
  for (std::size_t i = samples(9); i < samples(9.3); ++i) pcm[i] *= 0.6F;
  const auto first = static_cast<double>(cut(pcm).front()) / core::sample_rate_hz;
  EXPECT_GE(first, 9.0);
  EXPECT_LE(first, 9.3);
}

}  // namespace
}  // namespace chasqui::audio
