#pragma once

#include <chasqui/error.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chasqui::server {

/// What came before the body.
struct Request {
  std::string method;
  std::string path;  ///< as sent, still encoded, without query
  std::map<std::string, std::string, std::less<>> query;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
  std::string address;  ///< of the client
  std::string id;       ///< of X-Request-Id or traceparent, or random; see request_id.hpp

  /// The first of this name (lower case), or nothing.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  [[nodiscard]] bool has_body() const noexcept { return chunked || content_length.value_or(0) > 0; }
};

/// Splits "/a/b?x=1" into path and query. Errc::usage: not a path, bad encoding, a name twice.
Result<void> parse_target(std::string_view target, Request& request);

}  // namespace chasqui::server
