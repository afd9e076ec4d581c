#include "audio/denoiser.hpp"
#include "unit/audio_conditioner/pcm_source.hpp"
#include "unit/audio_conditioner/sounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace chasqui::audio {
namespace {

using namespace sounds;

ConditionedEpisode conditioned(const Sound& sound, const ConditionOptions& options = {}, unsigned threads = 2,
                               const MediaInfo& media = {}) {
  core::ThreadPool pool(threads);
  return Conditioner::run(source_of(sound), media, [] { return DecodeStats{}; }, options, pool);
}

Errc failure_of(const Sound& sound, const ConditionOptions& options = {}) {
  try {
    conditioned(sound, options);
  } catch (const Failure& failure) {
    return failure.code();
  }
  ADD_FAILURE() << "must fail";
  return Errc::internal;
}

std::vector<std::int16_t> all_of(const ConditionedEpisode& episode) {
  std::vector<std::int16_t> samples(static_cast<std::size_t>(episode.length()));
  episode.read(0, samples);
  return samples;
}

void expect_tiles(const ConditionedEpisode& episode) {
  ASSERT_FALSE(episode.segments().empty());
  std::int64_t at = 0;
  for (const Segment& segment : episode.segments()) {
    EXPECT_EQ(segment.begin, at);
    EXPECT_EQ(segment.begin % core::packet_grid, 0);
    EXPECT_GT(segment.end, segment.begin);
    for (const float value : segment.features.values) EXPECT_TRUE(std::isfinite(value));
    at = segment.end;
  }
  EXPECT_EQ(at, episode.length());
}

ConditionOptions with(Denoise denoise, bool trim_pauses = false) {
  ConditionOptions options;
  options.denoise = denoise;
  options.trim_pauses = trim_pauses;
  return options;
}

TEST(Conditioner, BringsSpeechToTheTargetUnderTheCeiling) {
  const Sound voice = speech(30);
  for (const double level : {4.0, 1.0, 0.1, 0.05}) {
    const ConditionedEpisode episode = conditioned(level * voice, with(Denoise::off));
    EXPECT_NEAR(episode.report().output_lufs, -16, 0.5) << level;
    EXPECT_LE(episode.report().output_dbtp, -1.0) << level;
    EXPECT_EQ(episode.length(), std::ssize(voice));
    expect_tiles(episode);
  }
}

TEST(Conditioner, SurvivesDegenerateInput) {
  struct Case {
    const char* name;
    Sound sound;
  };
  const Case cases[] = {{"one sample", {0.5F}},
                        {"digital silence", silence(9)},
                        {"offset only", Sound(96'000, 0.9F)},
                        {"far over full scale", 1000.0 * noise(1, 3)},
                        {"hardly anything", 1e-6 * noise(1, 3)},
                        {"a click in silence", joined({silence(2), {1.0F}, silence(2)})}};
  for (const Case& c : cases) {
    for (const Denoise denoise : {Denoise::automatic, Denoise::off}) {
      const ConditionedEpisode episode = conditioned(c.sound, with(denoise, true));
      const ConditionReport& report = episode.report();
      EXPECT_TRUE(std::isfinite(report.gain_db)) << c.name;
      EXPECT_TRUE(std::isfinite(report.noise_floor_dbfs)) << c.name;
      EXPECT_LE(report.output_dbtp, -1.0) << c.name;
      EXPECT_NEAR(report.input_seconds - report.trimmed_seconds, report.output_seconds, 1e-9) << c.name;
      expect_tiles(episode);
    }
  }
  EXPECT_EQ(conditioned(silence(9)).report().gain_db, 0);
  EXPECT_EQ(failure_of({}), Errc::input_empty);
}

TEST(Conditioner, OnlyMixesDownWhenNotNormalizing) {
  const Sound voice = 0.3 * speech(10) + Sound(480'000, 0.01F);
  ConditionOptions options = with(Denoise::on, true);
  options.normalize = false;
  const ConditionedEpisode episode = conditioned(voice, options);
  const auto samples = all_of(episode);
  ASSERT_EQ(samples.size(), voice.size());
  for (std::size_t i = 0; i < samples.size(); ++i) ASSERT_NEAR(samples[i], voice[i] * 32'768.0F, 1.1F) << i;
  EXPECT_EQ(episode.report().gain_db, 0);
}

TEST(Conditioner, DenoisesWhatIsNoisyAndNothingElse) {
  if (!denoiser_available()) {
    EXPECT_EQ(failure_of(speech(5), with(Denoise::on)), Errc::unavailable);
    GTEST_SKIP() << "built without RNNoise";
  }
  const Sound voice = speech(20);
  EXPECT_EQ(conditioned(voice).report().denoised_share, 0) << "clean speech";
  EXPECT_EQ(conditioned(music(20)).report().denoised_share, 0) << "music";
  EXPECT_GT(conditioned(voice + noise(0.2 * rms(voice), 20)).report().denoised_share, 0.99) << "noisy speech";
  EXPECT_EQ(conditioned(voice, with(Denoise::on)).report().denoised_share, 1);
}

TEST(Conditioner, GivesTheSameForEveryNumberOfThreads) {
  const Sound voice = speech(24);
  // Noise that comes and goes, so that denoised sound meets sound as it was; pauses for the trimmer.
  const Sound sound = joined({voice, silence(3), voice + noise(0.2 * rms(voice), 24)});
  const ConditionedEpisode one = conditioned(sound, with(Denoise::automatic, true), 1);
  const auto expected = all_of(one);
  for (const unsigned threads : {2U, 5U}) {
    const ConditionedEpisode other = conditioned(sound, with(Denoise::automatic, true), threads);
    EXPECT_TRUE(all_of(other) == expected) << threads;
    ASSERT_EQ(other.segments().size(), one.segments().size());
    for (std::size_t i = 0; i < one.segments().size(); ++i) {
      EXPECT_EQ(other.segments()[i].features.values, one.segments()[i].features.values);
      EXPECT_EQ(other.segments()[i].denoised, one.segments()[i].denoised);
    }
  }
  if (denoiser_available()) {
    EXPECT_GT(one.report().denoised_share, 0.2);
    EXPECT_LT(one.report().denoised_share, 0.9);
  }
}

TEST(Conditioner, ShortensPausesInSpeechAndMovesChapters) {
  const Sound voice = speech(10);
  const Sound sound = joined({voice, noise(1e-4, 6), voice, silence(6), voice});
  MediaInfo media;
  media.chapters = {{0, 16 * 48'000, "one"}, {16 * 48'000, 32 * 48'000, "two"}, {32 * 48'000, 42 * 48'000, "three"}};
  const ConditionedEpisode episode = conditioned(sound, with(Denoise::off, true), 2, media);
  EXPECT_GT(episode.report().trimmed_seconds, 10.9);
  EXPECT_NEAR(episode.report().input_seconds - episode.report().trimmed_seconds, episode.report().output_seconds, 1e-9);
  expect_tiles(episode);
  const auto& chapters = episode.media().chapters;
  ASSERT_EQ(chapters.size(), 3U);
  EXPECT_EQ(chapters[2].end, episode.length());
  // The words after a chapter's begin are those that followed it in the source.
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) {
    std::vector<std::int16_t> first(96'000);
    std::vector<std::int16_t> moved(96'000);
    episode.read(24'000, first);
    episode.read(chapters[i].begin + 24'000, moved);
    double product = 0;
    double energy = 0;
    for (std::size_t k = 0; k < first.size(); ++k) {
      product += static_cast<double>(first[k]) * static_cast<double>(moved[k]);
      energy += static_cast<double>(first[k]) * static_cast<double>(first[k]);
    }
    EXPECT_GT(product, 0.9 * energy) << i;
  }
}

TEST(Conditioner, NeverShortensMusic) {
  const Sound piece = music(20);
  EXPECT_EQ(conditioned(joined({piece, 0.03 * piece, piece}), with(Denoise::off, true)).report().trimmed_seconds, 0);
}

TEST(Conditioner, StopsSoonAndPassesOnWhatTheSourceThrows) {
  std::stop_source stop;
  ConditionOptions options = with(Denoise::off);
  options.stop = stop.get_token();
  options.on_progress = [&](double seconds) {
    if (seconds > 10) stop.request_stop();
  };
  EXPECT_EQ(failure_of(speech(40), options), Errc::cancelled);

  core::ThreadPool pool(2);
  const PcmSource broken{.name = "broken", .pull = [](std::span<float>) -> std::size_t {
                           throw Failure(Errc::decoder_crashed, "broken");
                         }};
  EXPECT_THROW(Conditioner::run(broken, {}, [] { return DecodeStats{}; }, {}, pool), Failure);
}

TEST(Conditioner, ReportsProgressInOrder) {
  std::vector<double> seen;
  ConditionOptions options = with(Denoise::off);
  options.on_progress = [&](double seconds) { seen.push_back(seconds); };
  conditioned(speech(10), options);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
  ASSERT_FALSE(seen.empty());
  EXPECT_DOUBLE_EQ(seen.back(), 10);
}

}  // namespace
}  // namespace chasqui::audio
