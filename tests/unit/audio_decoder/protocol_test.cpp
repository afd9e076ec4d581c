#include "audio/decoder_protocol.hpp"
#include "unit/audio_decoder/support.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace chasqui::audio::protocol {
namespace {

MediaInfo sample() {
  return {.container = "mp3",
          .codec = "mp3float",
          .sample_rate_hz = 44'100,
          .channels = 2,
          .declared_seconds = 12.5,
          .tags = {{"TITLE", "Lección"}, {"ARTIST", "x"}},
          .chapters = {{0, 48'000, "uno"}, {48'000, 96'000, "dos"}},
          .cover = CoverArt{"image/png", {1, 2, 3}}};
}

TEST(Protocol, CarriesEverything) {
  const auto info = decode_info(encode(sample()));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->codec, "mp3float");
  EXPECT_EQ(info->declared_seconds, 12.5);
  ASSERT_EQ(info->tags.size(), 2U);
  EXPECT_EQ(info->tags[0].value, "Lección");
  ASSERT_EQ(info->chapters.size(), 2U);
  EXPECT_EQ(info->chapters[1].title, "dos");
  EXPECT_EQ(info->cover->bytes, (std::vector<std::uint8_t>{1, 2, 3}));

  const auto stats = decode_end(encode(DecodeStats{3, 4, true, 1.5}));
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->damaged_packets, 3);
  EXPECT_EQ(stats->bad_samples, 4);
  EXPECT_TRUE(stats->truncated);
  EXPECT_EQ(stats->inverted_seconds, 1.5);

  const auto error = decode_error(encode(Error{Errc::input_corrupt, "is broken"}));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::input_corrupt);
  EXPECT_EQ(error->message, "is broken");
}

TEST(Protocol, RefusesWhatIsCutOrTooLong) {
  const auto whole = encode(sample());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_info(std::span(whole).first(size))) << size;
  auto longer = whole;
  longer.push_back(std::byte{});
  EXPECT_FALSE(decode_info(longer));
}

TEST(Protocol, SurvivesEveryChangedByte) {
  const auto whole = encode(sample());
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const int value : {0x00, 0x7F, 0x80, 0xFF}) {
      auto changed = whole;
      changed[i] = static_cast<std::byte>(value);
      const auto info = decode_info(changed);
      if (!info) continue;
      EXPECT_GT(info->channels, 0);
      EXPECT_LE(info->tags.size(), max_tags);
    }
}

TEST(Protocol, ClosesTheDoorOnBadNumbers) {
  for (const int channels : {0, -1}) {
    MediaInfo info = sample();
    info.channels = channels;
    EXPECT_FALSE(decode_info(encode(info))) << channels;
  }
  for (const double seconds :
       {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    MediaInfo info = sample();
    info.declared_seconds = seconds;
    EXPECT_FALSE(decode_info(encode(info))) << seconds;
  }
  EXPECT_FALSE(decode_end(encode(DecodeStats{-1, 0, false})));
  EXPECT_FALSE(decode_end(encode(DecodeStats{0, 0, false, std::numeric_limits<double>::quiet_NaN()})));
}

TEST(Protocol, CleansWhatItCarries) {
  MediaInfo info = sample();
  info.tags = {{"TITLE", "a\x1B]0;b"}, {"BAD=KEY", "x"}, {"", "x"}, {"EMPTY", ""}};
  info.chapters = {{100, 50, "backwards"}, {500, 1'000, "late"}, {0, 600, "over"}, {-5, 10, "\xFF"}};
  const auto decoded = decode_info(encode(info));
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->tags.size(), 1U);
  EXPECT_EQ(decoded->tags[0].value, "a]0;b");
  std::int64_t end = 0;
  for (const Chapter& chapter : decoded->chapters) {
    EXPECT_GE(chapter.begin, end);
    EXPECT_GT(chapter.end, chapter.begin);
    end = chapter.end;
  }
  EXPECT_EQ(decoded->chapters.back().title, "late");
}

TEST(Protocol, LetsNoChildClaimWhatIsNotItsToSay) {
  EXPECT_EQ(decode_error(encode(Error{Errc::disk_full, "x"}))->code, Errc::internal);
  EXPECT_EQ(decode_error(encode(Error{static_cast<Errc>(200), "x"}))->code, Errc::internal);
  EXPECT_FALSE(decode_error(encode(Error{Errc::input_corrupt, "\x01"})));
}

TEST(Protocol, KnowsOnlyItsFrames) {
  EXPECT_EQ(max_bytes(static_cast<std::uint32_t>(FrameType::pcm)), max_pcm_bytes);
  EXPECT_FALSE(max_bytes(0));
  EXPECT_FALSE(max_bytes(0xFFFFFFFF));
}

}  // namespace
}  // namespace chasqui::audio::protocol
