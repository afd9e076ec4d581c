#include "server/names.hpp"

#include <gtest/gtest.h>

#include <array>

namespace chasqui::server {
namespace {

TEST(Names, NeitherBreakLinesNorTurnThem) {
  struct Row {
    std::string_view given, name;
  };
  const std::array rows{Row{"Las plantas", "Las plantas"},
                        Row{"  a\t", "a?"},
                        Row{" \r\n ", "??"},
                        Row{"   ", ""},
                        Row{"a\x1B[31m\x7F", "a?[31m?"},
                        Row{"a\u202Egpj.exe", "a?gpj.exe"},
                        Row{"\u2066a\u2069", "?a?"},
                        Row{"a\u2028b\u0085c\u00A0d", "a?b?c\u00A0d"},
                        Row{"\u05D0\u05D1 ñandú 語", "\u05D0\u05D1 ñandú 語"},
                        Row{"a\xFF", "a\uFFFD"},
                        Row{"0123456789012345678ñ", "0123456789012345678"}};
  for (const auto& row : rows) EXPECT_EQ(as_name(row.given, 20), row.name);
}

}  // namespace
}  // namespace chasqui::server
