#include "audio/downmix.hpp"

#include "audio/high_pass.hpp"
#include "unit/audio_conditioner/sounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace chasqui::audio {
namespace {

using namespace sounds;

Sound mixed(const Sound& stereo, std::size_t push_frames = 1'000, double* inverted_seconds = nullptr) {
  Downmix downmix(2, 48'000);
  Sound mono;
  for (std::size_t at = 0; at < stereo.size(); at += 2 * push_frames)
    downmix.push(std::span(stereo).subspan(at, std::min(2 * push_frames, stereo.size() - at)), mono);
  downmix.finish(mono);
  if (inverted_seconds != nullptr) *inverted_seconds = downmix.inverted_seconds();
  return mono;
}

TEST(Downmix, KeepsTheLevelOfEachKindOfStereo) {
  const Sound voice = speech(5);
  const Sound other = noise(rms(voice), 5);
  struct Case {
    const char* name;
    Sound left, right;
    double expected_db;  // of the mono against one side
  };
  const Case cases[] = {
      {"equal sides", voice, voice, 0},
      {"opposite sides", voice, -1.0 * voice, 0},
      {"opposite, one at half", voice, -0.5 * voice, decibels(0.75)},
      {"unrelated sides", voice, other, decibels(std::sqrt(0.5))},
      {"only left", voice, silence(5), 0},
      {"only right", silence(5), voice, 0},
      {"right far below", voice, 0.001 * voice, 0},
  };
  for (const Case& c : cases) {
    const Sound mono = mixed(interleaved(c.left, c.right));
    ASSERT_EQ(mono.size(), voice.size()) << c.name;
    EXPECT_NEAR(decibels(rms(mono) / rms(std::max(c.left, c.right,
                                                  [](const Sound& a, const Sound& b) { return rms(a) < rms(b); }))),
                c.expected_db, 0.3)
        << c.name;
  }
}

TEST(Downmix, ReportsAndSurvivesPhaseThatFlipsWithoutAClick) {
  const Sound tone = sine(200, 0.5, 6);
  Sound right = tone;
  for (std::size_t i = 2 * 48'000; i < 4 * 48'000; ++i) right[i] = -right[i];
  double inverted_s = 0;
  const Sound mono = mixed(interleaved(tone, right), 1'000, &inverted_s);
  EXPECT_NEAR(inverted_s, 2, 0.3);
  EXPECT_NEAR(decibels(rms(std::span(mono).subspan(48'000 * 5 / 2, 48'000)) / rms(tone)), 0, 0.1);
  // The steepest step of a 200 Hz tone at 0.5 is 0.013; but for the flip itself, which is in the source.
  float steepest = 0;
  for (std::size_t i = 1; i < mono.size(); ++i) steepest = std::max(steepest, std::abs(mono[i] - mono[i - 1]));
  EXPECT_LT(steepest, 0.02F);
}

TEST(Downmix, DoesNotDependOnTheSizesOfThePushes) {
  const Sound stereo = interleaved(speech(2), -1.0 * speech(2));
  const Sound whole = mixed(stereo, 1'000'000);
  for (const std::size_t push : {1U, 7U, 960U, 961U}) EXPECT_EQ(mixed(stereo, push), whole) << push;
}

TEST(Downmix, TakesWhatIsNotFiniteAsSilence) {
  for (const int channels : {1, 2}) {
    Downmix downmix(channels, 48'000);
    const Sound bad(4'000, std::numeric_limits<float>::quiet_NaN());
    Sound mono;
    downmix.push(bad, mono);
    downmix.finish(mono);
    EXPECT_EQ(mono, Sound(4'000U / static_cast<unsigned>(channels)));
  }
}

TEST(HighPass, TakesOffsetAndRumbleAndLeavesTheVoice) {
  struct Case {
    double hz, low_db, high_db;
  };
  for (const Case c : {Case{20, -60, -40}, Case{70, -3.2, -2.8}, Case{150, -0.3, 0}, Case{1'000, -0.01, 0.01}}) {
    Sound sound = sine(c.hz, 0.5, 4);
    HighPass().process(sound);
    const double gain_db = decibels(rms(std::span(sound).subspan(2 * 48'000)) / (0.5 / std::sqrt(2.0)));
    EXPECT_GE(gain_db, c.low_db) << c.hz;
    EXPECT_LE(gain_db, c.high_db) << c.hz;
  }
  Sound offset(48'000, 0.7F);
  HighPass().process(offset);
  EXPECT_LT(*std::ranges::max_element(offset), 1e-6F) << "an offset from the start must not even thump";
}

}  // namespace
}  // namespace chasqui::audio
