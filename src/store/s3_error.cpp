#include "store/s3_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <pugixml.hpp>

namespace chasqui::store {
namespace {

constexpr std::size_t longest_shown = 200;

/// What a server says, short and on one line.
std::string shown(std::string_view text) {
  std::string safe;
  for (const char c : text.substr(0, longest_shown)) safe += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
  return safe;
}

struct Row {
  std::string_view code;
  std::string_view line;  ///< of {bucket}, {endpoint}, {region}
};

constexpr std::array rows{
    Row{"NoSuchBucket", "there is no bucket '{bucket}' at {endpoint}; make it, or correct s3.bucket"},
    Row{"InvalidBucketName", "'{bucket}' is not a bucket's name; correct s3.bucket"},
    Row{"InvalidAccessKeyId",
        "{endpoint} does not know the access key; correct the file of s3.access_key_file, or AWS_ACCESS_KEY_ID"},
    Row{"SignatureDoesNotMatch",
        "{endpoint} does not accept the signature; correct the secret key (s3.secret_key_file or "
        "AWS_SECRET_ACCESS_KEY), or s3.region, which is {region}"},
    Row{"AuthorizationHeaderMalformed", "{endpoint} does not accept the region {region}; correct s3.region"},
    Row{"ExpiredToken", "the temporary credentials have expired; renew the file of s3.session_token_file"},
    Row{"InvalidToken", "the session token is wrong; correct s3.session_token_file or AWS_SESSION_TOKEN"},
    Row{"RequestTimeTooSkewed",
        "the clocks of this machine and of {endpoint} differ by more than 15 minutes; set the wrong one (NTP)"},
    Row{"AccessDenied",
        "the key may not do this in the bucket '{bucket}'; it needs to list it, and to get, put and delete objects"},
};

std::string filled(std::string_view line, const S3Settings& settings) {
  return fmt::format(fmt::runtime(line), fmt::arg("bucket", settings.bucket), fmt::arg("endpoint", settings.endpoint),
                     fmt::arg("region", settings.region));
}

Error config(std::string line) {
  return {Errc::config, "S3: " + std::move(line)};
}

}  // namespace

S3ErrorText parse_error(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return {};
  const auto error = document.child("Error");
  return {error.child_value("Code"), error.child_value("Message"), error.child_value("Region")};
}

Error refusal(const S3Settings& settings, std::string_view method, std::string_view key, const S3Answer& answer) {
  auto said = parse_error(answer.body);
  if (const auto header = answer.headers.find("x-amz-bucket-region"); header != answer.headers.end())
    said.region = header->second;
  const bool elsewhere = answer.status == 301 || answer.status == 307 || said.code == "AuthorizationHeaderMalformed" ||
                         said.code == "PermanentRedirect" || said.code == "IllegalLocationConstraintException";
  if (elsewhere && !said.region.empty() && said.region != settings.region)
    return config(
        fmt::format("the bucket '{}' is in the region {}; set s3.region to it", settings.bucket, shown(said.region)));
  if (answer.status == 301 || answer.status == 307)
    return config(fmt::format("the bucket '{}' is not at {}; correct s3.endpoint and s3.region", settings.bucket,
                              settings.endpoint));
  if (const auto* row = std::ranges::find(rows, said.code, &Row::code); row != rows.end())
    return config(filled(row->line, settings));
  const auto answered = said.code.empty()
                            ? std::to_string(answer.status)
                            : fmt::format("{} {}: {}", answer.status, shown(said.code), shown(said.message));
  const auto line =
      fmt::format("S3: {} {}/{}: {} answers {}", method, settings.bucket, key, settings.endpoint, answered);
  if (answer.status == 403) return {Errc::config, line};  // HEAD has no body that would say more
  if (said.code == "NoSuchKey") return {Errc::not_found, line};
  return {answer.status >= 500 || answer.status == 429 || answer.status == 408 ? Errc::busy : Errc::internal, line};
}

Error unreachable(const S3Settings& settings, bool distrusted, std::string_view why) {
  if (distrusted)
    return config(
        fmt::format("the certificate of {} is not trusted ({}); name the authority's certificate in s3.ca_file",
                    settings.endpoint, shown(why)));
  return {Errc::busy, fmt::format("S3: {} is out of reach ({}); see s3.endpoint", settings.endpoint, shown(why))};
}

}  // namespace chasqui::store
