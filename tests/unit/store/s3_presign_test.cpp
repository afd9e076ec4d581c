#include "store/s3_presign.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace chasqui::store {
namespace {

constexpr std::string_view example_secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

// "AWS Signature Version 4 signing process": deriving the signing key.
TEST(SigningKey, IsThatOfThePublishedExample) {
  const auto key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam");
  EXPECT_EQ(fmt::format("{:02x}", fmt::join(key, "")),
            "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9");
}

// "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
TEST(Presigned, IsThatOfThePublishedExample) {
  S3Settings settings;
  settings.endpoint = "https://s3.amazonaws.com";
  settings.bucket = "examplebucket";
  settings.host_addressing = true;
  const auto url =
      presigned(S3Address(settings), "us-east-1", {"AKIAIOSFODNN7EXAMPLE", std::string(example_secret), ""}, "GET",
                "test.txt", {}, core::from_millis(1'369'353'600'000), std::chrono::seconds(86400));
  EXPECT_EQ(url,
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(Presigned, CarriesTheSessionToken) {
  S3Settings settings;
  settings.endpoint = "https://s3.example.org";
  settings.bucket = "lessons";
  const auto url =
      presigned(S3Address(settings), "us-east-1", {"A", "B", "to/ken"}, "GET", "k", {}, {}, std::chrono::seconds(1));
  EXPECT_NE(url.find("X-Amz-Security-Token=to%2Fken"), std::string::npos) << url;
}

}  // namespace
}  // namespace chasqui::store
