#include "server/tus.hpp"

#include "server/checksum.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chasqui::server::tus {
namespace {

TEST(Tus, Metadata) {
  const auto metadata = parse_metadata("filename YcOxby53YXY=, empty ,title VA==");
  ASSERT_TRUE(metadata);
  EXPECT_THAT(*metadata, testing::ElementsAre(testing::Pair("empty", ""), testing::Pair("filename", "año.wav"),
                                              testing::Pair("title", "T")));
  EXPECT_EQ(metadata_text({metadata->begin(), metadata->end()}), "empty,filename YcOxby53YXY=,title VA==");
  EXPECT_TRUE(parse_metadata("")->empty());
  for (const auto* wrong : {"a *", "a YQ==,a YQ==", ",a YQ==", "a /w==", "a YQ== x"})
    EXPECT_FALSE(parse_metadata(wrong)) << wrong;
}

TEST(Tus, Concat) {
  const std::string id(26, '0');
  EXPECT_TRUE(parse_concat("partial")->partial);
  EXPECT_THAT(parse_concat("final;/v1/uploads/" + id + "  http://h/v1/uploads/" + id)->parts,
              testing::ElementsAre(id, id));
  for (const auto* wrong : {"", "final", "final;", "final;x", "final;/v1/uploads/short", "Partial",
                            "final;/v1/uploads/../00000000000000000000000000"})
    EXPECT_FALSE(parse_concat(wrong)) << wrong;
}

TEST(Tus, Numbers) {
  EXPECT_EQ(parse_number("0"), 0U);
  EXPECT_EQ(parse_number("18446744073709551615"), 18446744073709551615U);
  for (const auto* wrong : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616"})
    EXPECT_FALSE(parse_number(wrong)) << wrong;
  EXPECT_FALSE(parse_number(std::nullopt));
}

TEST(Tus, Checksums) {
  // Of the text "hello world", by sha1sum and sha256sum.
  for (const auto* header :
       {"sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha256 uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="}) {
    for (const auto* text : {"hello world", "hello"}) {
      auto checksum = Checksum::from_header(header);
      ASSERT_TRUE(checksum) << header;
      checksum->take(text);
      EXPECT_EQ(checksum->matches(), std::string_view(text) == "hello world") << header;
    }
  }
  for (const auto* wrong :
       {"", "sha1", "sha1 YQ==", "md5 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0="})
    EXPECT_FALSE(Checksum::from_header(wrong)) << wrong;
}

}  // namespace
}  // namespace chasqui::server::tus
