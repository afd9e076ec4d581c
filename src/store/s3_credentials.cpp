#include "store/s3_credentials.hpp"

#include "core/secret_file.hpp"

#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <cstdlib>
#include <string_view>

namespace chasqui::store {
namespace {

/// A secret that is not there yet is as good as a server that does not answer yet: it is waited for.
std::string secret(const std::filesystem::path& file, std::string_view setting) {
  try {
    return core::read_secret(file, setting);
  } catch (const Failure& failure) {
    throw Failure(Errc::busy, failure.what());
  }
}

std::string from(const std::filesystem::path& file, std::string_view setting, const char* variable) {
  if (!file.empty()) {
    auto key = secret(file, setting);
    // Whatever stands there goes into headers.
    if (key.find_first_of(" \t") != std::string::npos)
      throw Failure(Errc::config, fmt::format("{}: {}: should hold one key and nothing else", setting, file.string()));
    return key;
  }
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
