#include "server/text.hpp"

#include <gtest/gtest.h>

namespace chasqui::server {
namespace {

TEST(Text, Percent) {
  EXPECT_EQ(percent_decoded("a%C3%B1o+%2f"), "año+/");
  EXPECT_EQ(percent_decoded("a+b", true), "a b");
  for (const auto* wrong : {"%", "%4", "%zz", "%00", "%ff", "%C3", "%ed%a0%80"})
    EXPECT_FALSE(percent_decoded(wrong)) << wrong;
  EXPECT_EQ(percent_encoded("año 1/2.opus"), "a%C3%B1o%201%2F2.opus");
}

TEST(Text, Html) {
  EXPECT_EQ(html_escaped("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
}

TEST(Text, Base64) {
  EXPECT_EQ(base64_decoded("YcOxbw=="), "año");
  EXPECT_EQ(base64_decoded(""), "");
  for (const auto* wrong : {"Y", "YQ", "YQ=", "YQ===", "Y Q=", "YQ==YQ==", "====", "Y*=="})
    EXPECT_FALSE(base64_decoded(wrong)) << wrong;
}

TEST(Text, HeaderParameters) {
  constexpr auto header = R"(form-data; name="a;b"; filename="x\"y" ; Other=plain)";
  EXPECT_EQ(media_type("Form-Data; x"), "form-data");
  EXPECT_EQ(header_parameter(header, "name"), "a;b");
  EXPECT_EQ(header_parameter(header, "filename"), "x\"y");
  EXPECT_EQ(header_parameter(header, "other"), "plain");
  EXPECT_FALSE(header_parameter(header, "missing"));
  EXPECT_FALSE(header_parameter("form-data; name=\"open", "name"));
}

TEST(Text, Forms) {
  const auto fields = parse_form("a=1&b=x+y%26&&c");
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->at("b"), "x y&");
  EXPECT_EQ(fields->at("c"), "");
  for (const auto* wrong : {"a=1&a=2", "a=%zz", "%ff=1"}) EXPECT_FALSE(parse_form(wrong)) << wrong;
}

}  // namespace
}  // namespace chasqui::server
