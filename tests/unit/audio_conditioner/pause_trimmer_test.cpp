#include "audio/pause_trimmer.hpp"

#include "unit/audio_conditioner/sounds.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace chasqui::audio {
namespace {

using namespace sounds;

Sound trimmed(const Sound& sound, double below_db, TimeMap& map, std::size_t push = 48'000) {
  PauseTrimmer trimmer;
  Sound out;
  for (std::size_t at = 0; at < sound.size(); at += push)
    trimmer.push(std::span(sound).subspan(at, std::min(push, sound.size() - at)), below_db, out);
  trimmer.finish(out);
  map = trimmer.map();
  return out;
}

TEST(PauseTrimmer, ShortensOnlyLongPauses) {
  struct Case {
    double pause_s, expected_s;
  };
  for (const Case c : {Case{0.3, 0.3}, Case{1.0, 1.0}, Case{1.01, 0.5}, Case{2, 0.5}, Case{60, 0.5}}) {
    const Sound sound = joined({noise(0.1, 2), noise(0.0005, c.pause_s), noise(0.1, 2)});
    TimeMap map;
    const Sound out = trimmed(sound, -50, map);
    EXPECT_EQ(std::ssize(out), std::lround((4 + c.expected_s) * 48'000)) << c.pause_s;
    EXPECT_EQ(std::ssize(out), std::ssize(sound) - map.removed());
    // The speech on both sides is untouched, and where the map says it is.
    EXPECT_TRUE(std::equal(sound.begin(), sound.begin() + 96'000, out.begin()));
    EXPECT_TRUE(std::equal(sound.end() - 96'000, sound.end(), out.end() - 96'000));
    EXPECT_EQ(map.to_output(std::ssize(sound) - 96'000), std::ssize(out) - 96'000);
    if (c.pause_s > 1) {
      EXPECT_NEAR(decibels(rms(std::span(out).subspan(96'000 + 11'520, 960)) / 0.0005), 0, 1) << "level at the joint";
    }
  }
}

TEST(PauseTrimmer, ShortensPausesAtBothEndsAndInDigitalSilence) {
  TimeMap map;
  EXPECT_EQ(trimmed(joined({silence(5), noise(0.1, 1), silence(7)}), -50, map).size(), 2U * 48'000);
  EXPECT_EQ(map.removed(), 11 * 48'000);
  EXPECT_EQ(trimmed(silence(10), -50, map).size(), 24'000U);
}

TEST(PauseTrimmer, LeavesAllWhereNothingMayBePause) {
  const Sound sound = joined({noise(0.1, 1), silence(5), noise(0.1, 1)});
  TimeMap map;
  EXPECT_EQ(trimmed(sound, -std::numeric_limits<double>::infinity(), map), sound);
  EXPECT_EQ(map.removed(), 0);
}

TEST(PauseTrimmer, DoesNotDependOnTheSizesOfThePushes) {
  const Sound sound = joined({noise(0.1, 1), noise(0.0005, 3), noise(0.1, 1), noise(0.0005, 1.5)});
  TimeMap map;
  const Sound whole = trimmed(sound, -50, map, sound.size());
  for (const std::size_t push : {480U, 960U, 4'800U}) EXPECT_EQ(trimmed(sound, -50, map, push), whole) << push;
}

TEST(TimeMap, MovesChaptersAndDropsEmptyOnes) {
  TimeMap map;
  map.remove(100, 200);
  map.remove(500, 600);
  struct Case {
    std::int64_t input, output;
  };
  for (const Case c :
       {Case{0, 0}, Case{100, 100}, Case{150, 100}, Case{200, 100}, Case{300, 200}, Case{550, 400}, Case{700, 500}})
    EXPECT_EQ(map.to_output(c.input), c.output) << c.input;

  for (const Case c :
       {Case{0, 0}, Case{99, 99}, Case{200, 100}, Case{300, 200}, Case{499, 399}, Case{600, 400}, Case{700, 500}})
    EXPECT_EQ(map.to_input(c.output), c.input) << c.output;

  const std::vector<Chapter> chapters = {{0, 100, "a"}, {100, 200, "gone"}, {200, 550, "b"}, {550, 5'000, "c"}};
  const auto moved = map.move(chapters, 800);
  ASSERT_EQ(moved.size(), 3U);
  EXPECT_EQ(moved[1].title, "b");
  EXPECT_EQ(moved[1].begin, 100);
  EXPECT_EQ(moved[1].end, 400);
  EXPECT_EQ(moved[2].end, 800);
}

}  // namespace
}  // namespace chasqui::audio
