#pragma once

#include "store/s3_settings.hpp"

#include <map>
#include <string>
#include <string_view>

namespace chasqui::store {

/// Parameters of a query, in the order that signatures want.
using S3Query = std::map<std::string, std::string>;

/// As SigV4 wants it: everything but letters, digits and -_.~ as %XX; `keep_slash`: and but '/'.
std::string s3_encoded(std::string_view text, bool keep_slash = false);
/// name=value&..., encoded and sorted; every name has a '='.
std::string s3_query(const S3Query& query);

/// Where a bucket is.
class S3Address {
 public:
  /// Throws Failure(config) for an endpoint, bucket, region or prefix that cannot be one.
  explicit S3Address(const S3Settings& settings);

  [[nodiscard]] const std::string& host() const noexcept { return host_; }  ///< with its port, as in the header
  /// Encoded; of the bucket itself when `key` is empty.
  [[nodiscard]] std::string path(std::string_view key) const;
  [[nodiscard]] std::string url(std::string_view key, const S3Query& query = {}) const;

 private:
  std::string scheme_, host_, base_;
};

}  // namespace chasqui::store
