#pragma once

#include "store/s3_http.hpp"

#include <chasqui/error.hpp>
#include <string>
#include <string_view>

namespace chasqui::store {

struct S3ErrorText {
  std::string code;  ///< as "NoSuchBucket"; empty when the body is none of S3's errors
  std::string message;
  std::string region;  ///< where a bucket of another region is
};
S3ErrorText parse_error(std::string_view body);

/// One line for an answer that is not what was asked for: which of our settings is wrong, or what the server says.
/// config: bucket, keys, region, rights, clock; not_found: the key; busy: it may pass; internal: all else.
Error refusal(const S3Settings& settings, std::string_view method, std::string_view key, const S3Answer& answer);
/// For a server that was not reached. `distrusted`: its certificate is not trusted (config), else busy.
Error unreachable(const S3Settings& settings, bool distrusted, std::string_view why);

}  // namespace chasqui::store
