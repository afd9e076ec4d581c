#include "audio/decoder_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace chasqui::audio {
namespace {

using namespace std::string_view_literals;

struct Case {
  std::string_view text;
  std::size_t max_bytes;
  std::string_view clean;
};

TEST(CleanText, MakesAnyBytesHarmless) {
  const Case cases[] = {
      {"Lección 3: ñandú", 100, "Lección 3: ñandú"},
      {"", 100, ""},
      {"  two\r\nlines\t ", 100, "two lines"},
      {"a\0b\x1B[31mc\x7F"sv, 100, "ab[31mc"},
      {"\xC2\x9B"
       "31m",
       100, "31m"},                                           // C1 control
      {"safe\u202Egnp.exe", 100, "safegnp.exe"},              // right-to-left override
      {"\xFF\xFE", 100, "\uFFFD\uFFFD"},                      // no UTF-8
      {"\xC0\xAF", 100, "\uFFFD\uFFFD"},                      // overlong
      {"\xED\xA0\x80", 100, "\uFFFD\uFFFD\uFFFD"},            // surrogate
      {"\xF4\x90\x80\x80", 100, "\uFFFD\uFFFD\uFFFD\uFFFD"},  // beyond Unicode
      {"\xE2\x82", 100, "\uFFFD\uFFFD"},                      // cut short
      {"😀", 100, "😀"},
      {"ñañ", 3, "ña"},  // cut between characters
      {"ñ", 1, ""},
  };
  for (const Case& c : cases) EXPECT_EQ(clean_text(c.text, c.max_bytes), c.clean) << c.text;
}

}  // namespace
}  // namespace chasqui::audio
