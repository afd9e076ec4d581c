#include "compress/warm_up.hpp"

#include "unit/audio_conditioner/pcm_source.hpp"
#include "unit/opus/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace chasqui::compress {
namespace {

using audio::SegmentClass;
constexpr std::int64_t second = core::sample_rate_hz;

audio::Segment segment(std::int64_t begin, std::int64_t end, SegmentClass kind) {
  audio::Segment made;
  made.begin = begin;
  made.end = end;
  made.kind = kind;
  return made;
}

/// Every second of the sound holds its number.
void numbers(std::int64_t begin, std::span<std::int16_t> out) {
  for (auto& sample : out) sample = static_cast<std::int16_t>(begin++ / second);
}

TEST(WarmUp, HoldsTheFirstSpeechAndNoMore) {
  constexpr auto longest = std::int64_t{opus::WarmEncoders::longest_sample};
  WarmUp warm_up;
  warm_up.offer(segment(0, 30 * second, SegmentClass::music), numbers);
  EXPECT_TRUE(warm_up.sample().empty());
  warm_up.offer(segment(30 * second, 40 * second, SegmentClass::speech), numbers);
  warm_up.offer(segment(40 * second, 50 * second, SegmentClass::mixed), numbers);
  EXPECT_FALSE(warm_up.full());
  warm_up.offer(segment(50 * second, 70 * second, SegmentClass::speech), numbers);
  warm_up.offer(segment(70 * second, 80 * second, SegmentClass::speech), numbers);
  EXPECT_TRUE(warm_up.full());
  const auto& sample = warm_up.sample();
  ASSERT_EQ(std::ssize(sample), longest);
  EXPECT_EQ(sample.front(), 30);
  EXPECT_EQ(sample[10 * second - 1], 39);
  EXPECT_EQ(sample[10 * second], 50);
  EXPECT_EQ(sample.back(), 50 + (longest - 10 * second - 1) / second);
}

/// Nothing of it is changed but its format.
audio::ConditionedEpisode episode_of(const std::vector<float>& sound) {
  audio::ConditionOptions options;
  options.normalize = false;
  core::ThreadPool pool(2);
  return audio::Conditioner::run(audio::source_of(sound), {}, [] { return audio::DecodeStats{}; }, options, pool);
}

TEST(WarmUp, IsAllThatThereIsWhereLittleIsSpeech) {
  const auto pcm = opus::test::voice(8 * second);
  std::vector<float> sound(pcm.size());
  std::ranges::transform(pcm, sound.begin(), core::as_float);
  EXPECT_EQ(std::ssize(warm_up_of(episode_of(sound))), std::ssize(sound));

  sound.resize(60 * second);  // the rest is silence
  const auto sample = warm_up_of(episode_of(sound));
  ASSERT_EQ(sample.size(), opus::WarmEncoders::longest_sample);
  EXPECT_TRUE(std::ranges::equal(std::span(sample).first(pcm.size()), pcm));
}

}  // namespace
}  // namespace chasqui::compress
