#pragma once

#include "store/s3_settings.hpp"

#include <string>

namespace chasqui::store {

struct S3Credentials {
  std::string access_key, secret_key;
  std::string session_token;  ///< empty: none
};

/// Read anew each time, so that keys can be changed while a service runs. Throws Failure: config where there is
/// no key, busy where its file cannot be read. No message holds any of it.
S3Credentials read_credentials(const S3KeyFiles& files);

}  // namespace chasqui::store
