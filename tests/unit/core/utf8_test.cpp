#include "core/utf8.hpp"

#include <gtest/gtest.h>

namespace chasqui::core {
namespace {

TEST(Utf8, WellFormedOrMended) {
  for (const auto* right : {"", "a", "ñ", "€", "\xF0\x9F\x8E\xA7"}) EXPECT_TRUE(is_utf8(right)) << right;
  for (const auto* wrong : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xFF"}) {
    EXPECT_FALSE(is_utf8(wrong));
    EXPECT_TRUE(is_utf8(as_utf8(wrong)));
  }
  EXPECT_EQ(as_utf8("a\xFFñ"), "a\xEF\xBF\xBDñ");
}

}  // namespace
}  // namespace chasqui::core
