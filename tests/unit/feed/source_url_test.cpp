#include "feed/source_url.hpp"

#include <gtest/gtest.h>

namespace chasqui::feed {
namespace {

TEST(SourceUrl, Right) {
  for (const auto* url :
       {"http://example.org/a.mp3", "https://example.org:8443/a?b=c#d", "HTTPS://EXAMPLE.ORG", "http://[2a00::1]/a"})
    EXPECT_TRUE(check_source_url(url)) << url;
}

TEST(SourceUrl, Wrong) {
  for (const auto* url : {"", "example", "file:///etc/passwd", "ftp://example.org/a", "gopher://x/", "http://",
                          "http://user@example.org/", "http://user:secret@example.org/", "http://exa mple.org/",
                          "javascript:alert(1)", "//example.org/a"})
    EXPECT_FALSE(check_source_url(url)) << url;
}

TEST(SourceUrl, FileName) {
  EXPECT_EQ(file_name_of("http://example.org/clases/a%C3%B1o%201.mp3?x=/y"), "año 1.mp3");
  EXPECT_EQ(file_name_of("http://example.org/"), "");
  EXPECT_EQ(file_name_of("http://example.org"), "");
}

}  // namespace
}  // namespace chasqui::feed
