#include "audio/features.hpp"

#include "sounds.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

namespace chasqui::audio {
namespace {

using enum FeatureId;
using testing::joined;
using testing::noise;
using testing::pulse_train;
using testing::samples;
using testing::silence;
using testing::tone;
using testing::operator+;
using Sound = std::vector<float>;

constexpr float infinite = std::numeric_limits<float>::infinity();

Sound scaled(Sound sound, float factor) {
  for (float& sample : sound) sample *= factor;
  return sound;
}

/// `sound` with its amplitude going as 1 + depth sin.
Sound modulated(Sound sound, double hz, float depth) {
  const auto wave = tone(static_cast<double>(sound.size()) / 48'000, hz, 1);
  for (std::size_t i = 0; i < sound.size(); ++i) sound[i] *= 1 + depth * wave[i];
  return sound;
}

Sound clipped(Sound sound, float at) {
  for (float& sample : sound) sample = std::clamp(sample, -at, at);
  return sound;
}

/// Tone bursts of 0.5 s with pauses of 0.5 s.
Sound bursts(double amplitude) {
  std::vector<Sound> parts;
  for (int i = 0; i < 6; ++i) {
    parts.push_back(tone(0.5, 500, amplitude));
    parts.push_back(silence(0.5));
  }
  return joined(parts);
}

struct Known {
  std::string sound;
  Sound pcm;
  FeatureId feature;
  float least;
  float most;
};

std::vector<Known> level_cases() {
  const Sound pause[] = {tone(3, 300), silence(1.5), tone(3, 300)};
  return {
      {"full-scale tone", tone(5, 1'000, 1), level_dbfs, -3.1F, -2.9F},
      {"full-scale tone", tone(5, 1'000, 1), peak_dbfs, -0.05F, 0.05F},
      {"tone", tone(5, 1'000), crest_db, 2.9F, 3.1F},
      {"noise of -40 dBFS", noise(5, 0.01), noise_floor_dbfs, -41, -39.5F},
      {"noise", noise(5), snr_db, 0, 1},
      {"bursts 30 dB over noise", bursts(0.3) + noise(6, 0.3 / std::sqrt(2.0) / std::sqrt(1'000.0)), snr_db, 29, 31.5F},
      {"bursts 15 dB over noise", bursts(0.3) + noise(6, 0.3 / std::sqrt(2.0) / std::sqrt(31.6)), snr_db, 14, 16.5F},
      {"bursts", bursts(0.3), activity_share, 0.48F, 0.58F},
      {"tone", tone(5, 300), activity_share, 1, 1},
      {"silence", silence(5), activity_share, 0, 0},
      {"pause of 1.5 s", joined(pause), longest_pause_s, 1.4F, 1.5F},
      {"tone", tone(5, 300), low_energy_share, 0, 0},
      {"bursts", bursts(0.3), low_energy_share, 0.45F, 0.55F},
      {"noise", noise(5), clipping_share, 0, 0.001F},
      {"tone cut at half its peak", clipped(tone(5, 500, 0.8), 0.4F), clipping_share, 0.66F, 0.70F},
      {"noise cut at its RMS", clipped(noise(5, 0.2), 0.2F), clipping_share, 0.05F, 0.45F},
      {"tone of 1 kHz", tone(5, 1'000), zero_crossings_khz, 1.9F, 2.1F},
      {"bursts", bursts(0.3), decay_db_per_s, 300, 1'000},
  };
}

std::vector<Known> spectrum_cases() {
  return {
      {"150 Hz", tone(5, 150), share_below_300_hz, 0.999F, 1},
      {"600 Hz", tone(5, 600), share_300_1000_hz, 0.999F, 1},
      {"1.5 kHz", tone(5, 1'500), share_1000_2000_hz, 0.999F, 1},
      {"3 kHz", tone(5, 3'000), share_2000_4000_hz, 0.999F, 1},
      {"6 kHz", tone(5, 6'000), share_4000_8000_hz, 0.999F, 1},
      {"12 kHz", tone(5, 12'000), share_8000_16000_hz, 0.999F, 1},
      {"two equal tones", tone(5, 600) + tone(5, 6'000), share_300_1000_hz, 0.49F, 0.51F},
      {"two equal tones", tone(5, 600) + tone(5, 1'400), centroid_hz, 990, 1'010},
      {"white noise", noise(5), centroid_hz, 7'800, 8'200},
      {"white noise", noise(5), rolloff_hz, 13'300, 13'900},
      {"white noise", noise(5), tilt_db_per_octave, -0.3F, 0.3F},
      {"white noise", noise(5), bandwidth_hz, 23'500, 24'000},
      {"noise up to 3.4 kHz", testing::low_passed_noise(5, 3'400), bandwidth_hz, 3'300, 3'800},
      {"noise up to 8 kHz", testing::low_passed_noise(5, 8'000), bandwidth_hz, 7'900, 8'400},
      {"noise up to 3.4 kHz over faint noise", testing::low_passed_noise(5, 3'400) + noise(5, 1e-4), bandwidth_hz,
       3'300, 3'800},
      {"white noise", noise(5), flatness_db, -2.8F, -2.2F},
      {"tone", tone(5, 1'000), flatness_db, -120, -30},
      {"white noise", noise(5), entropy, 0.88F, 0.95F},
      {"tone", tone(5, 1'000), entropy, 0, 0.3F},
      {"tone", tone(5, 1'000), flux_db, 0, 0.1F},
      {"white noise", noise(5), flux_db, 1, 6},
      {"tone", tone(5, 1'000), tonality, 0.9F, 1},
      {"chord", tone(5, 440) + tone(5, 554) + tone(5, 659), tonality, 0.9F, 1},
      {"white noise", noise(5), tonality, 0, 0.05F},
      {"bursts over noise", bursts(0.3) + noise(6, 0.003), bed_tonality, 0, 0.05F},
      {"bursts over a low chord", bursts(0.3) + tone(6, 200, 0.01) + tone(6, 300, 0.01), bed_tonality, 0.6F, 1},
      {"bursts over noise", bursts(0.3) + noise(6, 0.003), bed_flatness_db, -3.5F, -2},
  };
}

std::vector<Known> voice_cases() {
  return {
      {"pulses of 80 Hz", pulse_train(3, 80), pitch_hz, 78.4F, 81.6F},
      {"pulses of 100 Hz", pulse_train(3, 100), pitch_hz, 98, 102},
      {"pulses of 200 Hz", pulse_train(3, 200), pitch_hz, 196, 204},
      {"pulses of 350 Hz", pulse_train(3, 350), pitch_hz, 343, 357},
      {"pulses of 100 Hz in noise", pulse_train(3, 100) + noise(3, 0.01), pitch_hz, 98, 102},
      {"pulses", pulse_train(3, 130), pitch_spread_st, 0, 0.1F},
      {"pulses", pulse_train(3, 130), pitch_change_st_per_s, 0, 3},
      {"pulses", pulse_train(3, 130), voiced_share, 0.97F, 1},
      {"pulses", pulse_train(3, 130), voiced_run_s, 2.5F, 3},
      {"pulses", pulse_train(3, 130), hnr_db, 14, 45},
      {"white noise", noise(3), voiced_share, 0, 0.02F},
      {"noise under 4 Hz", modulated(noise(6), 4, 0.8F), modulation_peak_hz, 3.7F, 4.3F},
      {"noise under 4 Hz", modulated(noise(6), 4, 0.8F), modulation_share, 0.85F, 1},
      {"noise under 12 Hz", modulated(noise(6), 12, 0.8F), modulation_share, 0, 0.25F},
      {"noise under 4 Hz", modulated(noise(6), 4, 0.8F), modulation_depth, 0.5F, 0.62F},
      {"voice under 4 Hz", modulated(pulse_train(6, 120), 4, 0.9F), syllable_rate_hz, 3.7F, 5.5F},
      {"steady voice", pulse_train(6, 120), syllable_rate_hz, 0, 0.2F},
      {"bursts, two a second", bursts(0.3), beat_strength, 0, 1},
      {"noise under 2 Hz", modulated(noise(8), 2, 1), beat_strength, 0.5F, 1},
      {"noise", noise(8), beat_strength, 0, 0.3F},
  };
}

void expect_known(const std::vector<Known>& cases) {
  for (const auto& [sound, pcm, feature, least, most] : cases) {
    SCOPED_TRACE(sound + ": " + std::string(feature_table()[static_cast<std::size_t>(feature)].name));
    const float value = extract_features(pcm)[feature];
    EXPECT_GE(value, least);
    EXPECT_LE(value, most);
  }
}

TEST(Features, LevelsOfKnownSounds) {
  expect_known(level_cases());
}
TEST(Features, SpectraOfKnownSounds) {
  expect_known(spectrum_cases());
}
TEST(Features, VoiceAndModulationOfKnownSounds) {
  expect_known(voice_cases());
}

TEST(Features, AreFiniteForAnyInput) {
  Sound mess = noise(1);
  for (std::size_t i = 0; i < mess.size(); i += 7) mess[i] = i % 2 == 0 ? infinite : std::nanf("");
  const std::vector<Sound> sounds = {
      {},
      {0.5F},
      {std::nanf("")},
      Sound(47, 0.1F),
      Sound(480, 0.1F),
      Sound(1'919, 0.1F),
      Sound(1'920, -1.0F),
      Sound(1'921, 1.0F),
      silence(5),
      Sound(samples(5), 1.0F),
      Sound(samples(5), std::numeric_limits<float>::max()),
      Sound(samples(2), std::numeric_limits<float>::denorm_min()),
      Sound(samples(2), -infinite),
      scaled(noise(2), 1e-20F),
      scaled(noise(2), 1e30F),
      tone(5, 24'000),
      mess,
  };
  for (const auto& sound : sounds) {
    const auto values = extract_features(sound).values;
    for (std::size_t i = 0; i < feature_count; ++i)
      EXPECT_TRUE(std::isfinite(values[i])) << feature_table()[i].name << " of " << sound.size();
  }
}

TEST(Features, RelativeOnesDoNotDependOnTheLevel) {
  const Sound sound = modulated(pulse_train(6, 120), 4, 0.9F) + noise(6, 0.002);
  const auto loud = extract_features(sound);
  const auto soft = extract_features(scaled(sound, 0.1F));
  for (std::size_t i = 0; i < feature_count; ++i) {
    const auto& info = feature_table()[i];
    const float shift = info.unit == "dBFS" ? 20 : 0;
    EXPECT_NEAR(loud.values[i] - shift, soft.values[i], 0.02F * std::abs(loud.values[i]) + 0.02F) << info.name;
  }
}

TEST(Features, AreTheSameBitsFromAnyThread) {
  const Sound sound = modulated(pulse_train(5, 150), 3, 0.7F) + noise(5, 0.01);
  const auto expected = extract_features(sound).values;
  std::vector<Features> results(8);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = extract_features(sound); });
  }
  for (const auto& result : results) EXPECT_EQ(result.values, expected);
}

}  // namespace
}  // namespace chasqui::audio
