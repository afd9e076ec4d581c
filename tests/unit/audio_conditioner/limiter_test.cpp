#include "audio/limiter.hpp"

#include "audio/loudness.hpp"
#include "audio/spool.hpp"
#include "audio/true_peak.hpp"
#include "unit/audio_conditioner/sounds.hpp"

#include <ebur128.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <numbers>

namespace chasqui::audio {
namespace {

using namespace sounds;

Sound limited(const Sound& sound, double gain_db, double ceiling_dbtp, std::size_t push = 4'321) {
  Limiter limiter(gain_db, ceiling_dbtp);
  Sound out;
  for (std::size_t at = 0; at < sound.size(); at += push)
    limiter.push(std::span(sound).subspan(at, std::min(push, sound.size() - at)), out);
  limiter.finish(out);
  return out;
}

std::vector<std::int16_t> rounded(const Sound& sound) {
  std::vector<std::int16_t> samples(sound.size());
  std::ranges::transform(sound, samples.begin(), [](float sample) { return to_int16(sample); });
  return samples;
}

/// By libebur128, whose detector is not ours.
double reference_dbtp(std::vector<std::int16_t> samples) {
  samples.resize(samples.size() + 480);
  const auto destroy = [](ebur128_state* state) { ebur128_destroy(&state); };
  const std::unique_ptr<ebur128_state, decltype(destroy)> state(ebur128_init(1, 48'000, EBUR128_MODE_TRUE_PEAK),
                                                                destroy);
  ebur128_add_frames_short(state.get(), samples.data(), samples.size());
  double peak = 0;
  ebur128_true_peak(state.get(), 0, &peak);
  return decibels(peak);
}

double metered_dbtp(const std::vector<std::int16_t>& samples) {
  TruePeakMeter meter;
  meter.push(samples);
  return meter.finish();
}

Sound clipped(Sound sound, float level) {
  for (float& sample : sound) sample = std::clamp(sample, -level, level);
  return sound;
}

Sound square(double hz, double seconds) {
  Sound sound = sine(hz, 1, seconds, 0.1);
  for (float& sample : sound) sample = sample < 0 ? -1.0F : 1.0F;
  return sound;
}

struct Nasty {
  const char* name;
  Sound sound;
};

std::vector<Nasty> nasty_sounds() {
  return {
      {"12 kHz between the samples", sine(12'000, 1, 1, std::numbers::pi / 4)},
      {"11.9 kHz", sine(11'900, 1, 1)},
      {"20 kHz", sine(20'000, 1, 1)},
      {"clipped speech", clipped(30.0 * speech(5), 1.0F)},
      {"loud noise", noise(0.5, 1)},
      {"square wave", square(441, 1)},
      {"one click", joined({silence(0.1), {1.0F}, silence(0.1)})},
      {"two clicks", joined({silence(0.1), {1.0F, 1.0F}, silence(0.1)})},
      {"alternating", joined({Sound{1, -1, 1, 1, -1, 1, -1, -1}, silence(0.1)})},
      {"bursts in silence", joined({silence(0.2), noise(0.5, 0.01), silence(0.2), noise(0.1, 0.2), noise(0.5, 0.1)})}};
}

TEST(TruePeakMeter, NeverReadsLessThanLibebur128) {
  for (const auto& [name, sound] : nasty_sounds()) {
    const auto samples = rounded(0.5 * sound);
    EXPECT_GE(metered_dbtp(samples), reference_dbtp(samples) - Limiter::margin_db) << name;
  }
}

TEST(TruePeakMeter, AgreesWithLibebur128WhereItsFilterIsFlat) {
  for (const double hz : {100.0, 997.0, 5'000.0, 11'999.0}) {
    Sound sound = sine(hz, 0.5, 1, 0.3);
    const Sound swell = sine(0.5, 1, 1);  // in and out, for an abrupt end overshoots
    std::ranges::transform(sound, swell, sound.begin(), std::multiplies<>());
    const auto samples = rounded(sound);
    EXPECT_NEAR(metered_dbtp(samples), reference_dbtp(samples), 0.05) << hz;
    EXPECT_NEAR(metered_dbtp(samples), decibels(0.5), 0.1) << hz;
  }
  const auto voice = rounded(speech(10));
  EXPECT_NEAR(metered_dbtp(voice), reference_dbtp(voice), 0.05);
  EXPECT_EQ(metered_dbtp(std::vector<std::int16_t>(100)), -std::numeric_limits<double>::infinity());
}

TEST(Limiter, KeepsTheTruePeakUnderTheCeiling) {
  for (const auto& [name, sound] : nasty_sounds()) {
    for (const double gain_db : {0.0, 6.0, 20.0}) {
      const Sound out = limited(sound, gain_db, -1.0);
      ASSERT_EQ(out.size(), sound.size()) << name;
      EXPECT_LE(reference_dbtp(rounded(out)), -1.0) << name << " at " << gain_db;
      EXPECT_LE(metered_dbtp(rounded(out)), -1.0) << name << " at " << gain_db;
    }
  }
}

TEST(Limiter, OnlyMultipliesWhatIsFarFromTheCeiling) {
  const Sound sound = 0.1 * speech(2);
  const Sound out = limited(sound, 6.0, -1.0);
  const float gain = std::pow(10.0F, 6.0F / 20.0F);
  ASSERT_EQ(out.size(), sound.size());
  for (std::size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], gain * sound[i], 1e-6F);
}

TEST(Limiter, DoesNotDependOnTheSizesOfThePushes) {
  const Sound sound = speech(1);
  const Sound whole = limited(sound, 12, -1.0, sound.size());
  for (const std::size_t push : {1U, 15U, 16U, 17U}) EXPECT_EQ(limited(sound, 12, -1.0, push), whole) << push;
  for (const std::size_t length : {1U, 15U, 16U, 17U, 271U, 272U, 273U, 400U})
    EXPECT_EQ(limited(Sound(length, 0.1F), 0, -1.0).size(), length);
}

TEST(Limiter, BendsTheGainSlowlyAroundAPeak) {
  Sound sound = sine(300, 0.5, 1);
  for (std::size_t i = 24'000; i < 24'160; ++i) sound[i] *= 3;  // one period, far over the ceiling
  const Sound out = limited(sound, 0, -1.0);
  float before = 1;
  std::size_t at = 23'000;
  for (std::size_t i = at; i < 26'000; ++i) {
    if (std::abs(sound[i]) < 0.1F) continue;
    const float gain = out[i] / sound[i];
    EXPECT_LT(std::abs(gain - before), 0.005F * static_cast<float>(i - at) + 1e-3F) << i;
    before = gain;
    at = i;
  }
  EXPECT_NEAR(rms(std::span(out).subspan(36'000)), rms(std::span(sound).subspan(36'000)), 0.005);
}

TEST(LoudnessGain, IsBoundedAndIgnoresSilence) {
  const PeakHistogram no_peaks;
  const double silent = LoudnessMeter().integrated_lufs();
  struct Case {
    double input_lufs, expected_db;
  };
  for (const Case c :
       {Case{-20, 4}, Case{-10, -6}, Case{10, -26}, Case{-60, 44}, Case{-69, 50}, Case{-71, 0}, Case{silent, 0}})
    EXPECT_DOUBLE_EQ(loudness_gain_db(c.input_lufs, -16, -1, no_peaks), c.expected_db) << c.input_lufs;
}

}  // namespace
}  // namespace chasqui::audio
