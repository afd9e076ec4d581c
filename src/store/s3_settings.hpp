#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

namespace chasqui::store {

/// Where the secrets of an S3 account are: files, or where no file is named the environment (AWS_ACCESS_KEY_ID,
/// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN).
struct S3KeyFiles {
  std::filesystem::path access_key, secret_key;
  std::filesystem::path session_token;  ///< only of temporary credentials
};

struct S3Settings {
  std::string endpoint;  ///< http:// or https:// with a host and perhaps a port; nothing more
  std::string bucket;
  std::string region = "us-east-1";
  std::string prefix;            ///< of every key; empty, or letters, digits and -_./, with '/' at its end
  bool host_addressing = false;  ///< https://bucket.host/key instead of https://host/bucket/key
  S3KeyFiles keys;
  std::filesystem::path ca_file;  ///< certificates to trust; empty: the system's
  std::chrono::seconds connect_time{5};
  std::chrono::seconds stall_time{20};  ///< a transfer under 1 kB/s for so long is broken off
  std::chrono::seconds retry_time{30};  ///< in all, for one operation
  std::stop_token stop;                 ///< when it is requested, nothing is tried again any more
  /// Larger files go up in pieces of so many bytes; S3 wants 5 MiB at least, and 10,000 pieces at most.
  std::uint64_t part_bytes = 16ULL << 20;
};

}  // namespace chasqui::store
