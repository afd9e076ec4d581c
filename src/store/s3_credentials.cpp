#include "store/s3_credentials.hpp"

#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string_view>

namespace chasqui::store {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string from_file(const std::filesystem::path& path, std::string_view key) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad())
    throw Failure(Errc::config,
                  fmt::format("{}: {} cannot be read; it should hold a key of the S3 account", key, path.string()));
  const auto end = text.find_last_not_of(blanks);
  text.resize(end == std::string::npos ? 0 : end + 1);
  // Whatever stands there goes into headers.
  if (text.empty() || text.find_first_of(blanks) != std::string::npos)
    throw Failure(Errc::config, fmt::format("{}: {} should hold one key and nothing else", key, path.string()));
  return text;
}

std::string from(const std::filesystem::path& path, std::string_view key, const char* variable) {
  if (!path.empty()) return from_file(path, key);
  // Nobody sets the environment while threads run.
  const char* value = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

}  // namespace

S3Credentials read_credentials(const S3KeyFiles& files) {
  S3Credentials credentials{from(files.access_key, "s3.access_key_file", "AWS_ACCESS_KEY_ID"),
                            from(files.secret_key, "s3.secret_key_file", "AWS_SECRET_ACCESS_KEY"),
                            from(files.session_token, "s3.session_token_file", "AWS_SESSION_TOKEN")};
  if (credentials.access_key.empty())
    throw Failure(Errc::config,
                  "S3: there is no access key; name a file in s3.access_key_file, or set AWS_ACCESS_KEY_ID");
  if (credentials.secret_key.empty())
    throw Failure(Errc::config,
                  "S3: there is no secret key; name a file in s3.secret_key_file, or set AWS_SECRET_ACCESS_KEY");
  return credentials;
}

}  // namespace chasqui::store
