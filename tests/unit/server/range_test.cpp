#include "server/range.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chasqui::server {
namespace {

using Kind = RangeAnswer::Kind;

TEST(Range, Parts) {
  struct Row {
    const char* header;
    std::vector<ByteRange> ranges;
  };
  for (const auto& [header, ranges] :
       {Row{"bytes=0-0", {{0, 1}}}, Row{"bytes=0-", {{0, 100}}}, Row{"bytes=99-200", {{99, 1}}},
        Row{"bytes=-1", {{99, 1}}}, Row{"bytes=-500", {{0, 100}}}, Row{"BYTES = 1-2", {{1, 2}}},
        Row{"bytes=0-1, 5-6 ,-2", {{0, 2}, {5, 2}, {98, 2}}}, Row{"bytes=0-1,200-", {{0, 2}}},
        Row{"bytes=,0-1,", {{0, 2}}}}) {
    const auto answer = ranges_of(header, 100);
    EXPECT_EQ(answer.kind, Kind::parts) << header;
    EXPECT_EQ(answer.ranges, ranges) << header;
  }
}

TEST(Range, Whole) {
  for (const auto* header :
       {"", "bytes", "bytes=", "bytes=,", "bytes=1", "bytes=2-1", "bytes=a-b", "bytes=1-b", "bytes=-", "bytes=- 1",
        "lines=0-1", "bytes=0-50,40-99", "bytes=99999999999999999999-", "bytes=0-1,x"})
    EXPECT_EQ(ranges_of(header, 100).kind, Kind::whole) << header;
}

TEST(Range, Unsatisfiable) {
  for (const auto* header : {"bytes=100-", "bytes=100-200", "bytes=200-300,400-", "bytes=-0"})
    EXPECT_EQ(ranges_of(header, 100).kind, Kind::unsatisfiable) << header;
  EXPECT_EQ(ranges_of("bytes=0-", 0).kind, Kind::unsatisfiable);
}

TEST(Range, Etags) {
  EXPECT_TRUE(names_etag("\"a\"", "\"a\"", false));
  EXPECT_TRUE(names_etag("\"b\", \"a\"", "\"a\"", false));
  EXPECT_TRUE(names_etag("*", "\"a\"", false));
  EXPECT_TRUE(names_etag("W/\"a\"", "\"a\"", true));
  EXPECT_FALSE(names_etag("W/\"a\"", "\"a\"", false));
  EXPECT_FALSE(names_etag("\"ab\"", "\"a\"", true));
  EXPECT_FALSE(names_etag("", "\"a\"", true));
}

}  // namespace
}  // namespace chasqui::server
