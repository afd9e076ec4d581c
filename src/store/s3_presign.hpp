#pragma once

#include "core/clock.hpp"
#include "store/s3_address.hpp"
#include "store/s3_credentials.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>

namespace chasqui::store {

/// The key of a day, region and service (AWS Signature Version 4, "deriving the signing key"). `day`: YYYYMMDD.
std::array<unsigned char, 32> signing_key(std::string_view secret, std::string_view day, std::string_view region,
                                          std::string_view service);

/// A URL with which whoever has it may do `method` on `key` until `lifetime` (at most a week) after `now`: AWS
/// Signature Version 4 in the query ("Authenticating Requests: Using Query Parameters"). `query`: what else stands in
/// it, signed.
std::string presigned(const S3Address& address, const std::string& region, const S3Credentials& credentials,
                      std::string_view method, std::string_view key, S3Query query, core::Time now,
                      std::chrono::seconds lifetime);

}  // namespace chasqui::store
