#include "store/s3_address.hpp"

#include <gtest/gtest.h>

#include <chasqui/error.hpp>

namespace chasqui::store {
namespace {

S3Settings settings() {
  S3Settings some;
  some.endpoint = "https://s3.example.org:9000";
  some.bucket = "lessons";
  return some;
}

TEST(S3Address, OfBothStyles) {
  auto some = settings();
  EXPECT_EQ(S3Address(some).url("a/b c"), "https://s3.example.org:9000/lessons/a/b%20c");
  EXPECT_EQ(S3Address(some).url("", {{"b", ""}, {"a", "x/y"}}), "https://s3.example.org:9000/lessons?a=x%2Fy&b=");
  some.host_addressing = true;
  EXPECT_EQ(S3Address(some).url("a/b"), "https://lessons.s3.example.org:9000/a/b");
  EXPECT_EQ(S3Address(some).url("", {{"a", "1"}}), "https://lessons.s3.example.org:9000/?a=1");
  EXPECT_EQ(S3Address(some).host(), "lessons.s3.example.org:9000");
}

TEST(S3Address, WrongSettingsAreNamed) {
  const auto complaint = [](auto change) {
    auto some = settings();
    change(some);
    try {
      S3Address address(some);
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), Errc::config);
      return std::string(failure.what());
    }
    return std::string();
  };
  const auto with_endpoint = [&](const char* text) {
    return complaint([text](S3Settings& some) { some.endpoint = text; });
  };
  for (const auto* text : {"", "s3.example.org", "ftp://s3.example.org", "https://", "https://a/b", "https://a b",
                           "https://user:secret@host", "https://a?b"})
    EXPECT_NE(with_endpoint(text).find("s3.endpoint"), std::string::npos) << text;
  EXPECT_EQ(with_endpoint("http://[::1]:9000/"), "");
  for (const auto* text : {"", "a", "a/b", "../x", "a b c"})
    EXPECT_NE(complaint([text](S3Settings& some) { some.bucket = text; }).find("s3.bucket"), std::string::npos) << text;
  for (const auto* text : {"/", "/a/", "a", "a//b/", "a b/", "ñ/"})
    EXPECT_NE(complaint([text](S3Settings& some) { some.prefix = text; }).find("s3.prefix"), std::string::npos) << text;
  for (const auto* text : {"", "a:b", "us east"})
    EXPECT_NE(complaint([text](S3Settings& some) { some.region = text; }).find("s3.region"), std::string::npos) << text;
}

}  // namespace
}  // namespace chasqui::store
