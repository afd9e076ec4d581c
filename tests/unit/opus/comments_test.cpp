#include "opus/comments.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chasqui::opus {
namespace {

TEST(CommentLines, CleansKeysAndValues) {
  const std::vector<CommentTag> tags{{"title", "Lecci\xc3\xb3n 1"},
                                     {"BAD=KEY\n", "x=y"},
                                     {"\xc3\xb1", "dropped"},
                                     {"ARTIST", std::string("a\0b\xff", 4)}};
  EXPECT_THAT(comment_lines(tags, {}),
              testing::ElementsAre("TITLE=Lecci\xc3\xb3n 1", "BADKEY=x=y", "ARTIST=ab\xef\xbf\xbd"));
}

TEST(CommentLines, WritesChapters) {
  const std::vector<ChapterMark> chapters{{0, 48, "Inicio"}, {std::int64_t{48'000} * 3'723 + 24'024, 0, "Fin"}};
  EXPECT_THAT(comment_lines({}, chapters), testing::ElementsAre("CHAPTER000=00:00:00.000", "CHAPTER000NAME=Inicio",
                                                                "CHAPTER001=01:02:03.500", "CHAPTER001NAME=Fin"));
  EXPECT_EQ(comment_lines({}, std::vector<ChapterMark>(2'000)).size(), 2'000U);
}

TEST(PictureLine, IsABase64FlacBlock) {
  // type 3, mime length 3 "a/b", no description, four zeros, 2 bytes.
  EXPECT_EQ(picture_line({"a/b", {1, 2}}),
            "METADATA_BLOCK_PICTURE=AAAAAwAAAANhL2IAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIBAg==");
}

TEST(ToUtf8, ReplacesOnlyWhatIsMalformed) {
  const std::string bad = "\xef\xbf\xbd";
  const std::vector<std::pair<std::string, std::string>> rows{
      {"", ""},
      {"plain", "plain"},
      {"\xc2\xa2 \xe2\x82\xac \xf0\x90\x8d\x88", "\xc2\xa2 \xe2\x82\xac \xf0\x90\x8d\x88"},
      {"\x80", bad},
      {"\xc0\x80", bad + bad},
      {"\xe0\x80\x80", bad + bad + bad},
      {"\xed\xa0\x80", bad + bad + bad},
      {"\xf4\x90\x80\x80", bad + bad + bad + bad},
      {"\xf8", bad},
      {"a\xe2\x82", "a" + bad + bad},
      {"\xe2"
       "a",
       bad + "a"}};
  for (const auto& [text, valid] : rows) EXPECT_EQ(to_utf8(text), valid);
}

TEST(Comments, SurviveTheRoundTrip) {
  const Comments comments{"libopus 1.6.1", {"TITLE=Lecci\xc3\xb3n", "EMPTY=", "=odd"}};
  const auto packet = serialize(comments);
  EXPECT_EQ(parse_comments(packet).value(), comments);
  EXPECT_EQ(find(comments, "title"), "Lecci\xc3\xb3n");
  EXPECT_EQ(find(comments, "tit"), "");
  auto padded = packet;
  padded.resize(padded.size() + 100);
  EXPECT_EQ(parse_comments(padded).value(), comments);
}

TEST(Comments, EveryTruncationIsAnError) {
  const auto packet = serialize({"vendor", {"TITLE=a", "ARTIST=b"}});
  for (std::size_t size = 0; size < packet.size(); ++size) {
    const auto parsed = parse_comments(std::span(packet).first(size));
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().code, Errc::input_corrupt);
  }
}

TEST(Comments, RefusesLiesAboutSizes) {
  auto lie = [](std::size_t at, std::uint8_t value) {
    auto packet = serialize({"v", {"A=b"}});
    packet[at] = value;
    return parse_comments(packet);
  };
  EXPECT_FALSE(lie(0, 'o'));
  EXPECT_FALSE(lie(11, 0xff));  // vendor length
  EXPECT_FALSE(lie(13, 2));     // one comment more than there is
  EXPECT_FALSE(lie(16, 0xff));  // 4 billion comments
  EXPECT_FALSE(lie(20, 0xff));  // length of the comment
  const auto many = serialize({"v", std::vector<std::string>(most_comment_lines + 1)});
  EXPECT_THAT(parse_comments(many).error().message, testing::HasSubstr("16384"));
}

}  // namespace
}  // namespace chasqui::opus
