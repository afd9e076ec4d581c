#include "core/base64.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

namespace chasqui::core {
namespace {

std::string of(std::string_view text) {
  return base64(std::as_bytes(std::span(text)));
}

// RFC 4648 section 10.
TEST(Base64, MatchesThePublishedVectors) {
  for (const auto& [text, expected] :
       {std::pair{"", ""}, std::pair{"f", "Zg=="}, std::pair{"fo", "Zm8="}, std::pair{"foo", "Zm9v"},
        std::pair{"foob", "Zm9vYg=="}, std::pair{"fooba", "Zm9vYmE="}, std::pair{"foobar", "Zm9vYmFy"}})
    EXPECT_EQ(of(text), expected) << text;
}

TEST(Base64, UsesTheStandardAlphabetForAllBytes) {
  EXPECT_EQ(of(std::string_view("\xfb\xff\xbf\0", 4)), "+/+/AA==");
}

}  // namespace
}  // namespace chasqui::core
