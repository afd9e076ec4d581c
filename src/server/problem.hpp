#pragma once

#include "server/response.hpp"

#include <chasqui/error.hpp>
#include <string>
#include <string_view>

namespace chasqui::server {

/// What can go wrong with a request; docs/service.md lists them.
enum class Trouble : std::uint8_t {
  bad_request,
  no_recording,
  no_key,
  wrong_key,
  forbidden,
  not_found,
  wrong_method,
  too_slow,
  conflict,
  gone,
  precondition,
  too_large,
  wrong_type,
  range,
  wrong_host,
  unprocessable,
  locked,
  too_many,
  header_too_large,
  checksum,
  internal,
  busy,
  no_room,
};

struct TroubleRow {
  Trouble trouble;
  unsigned status;
  std::string_view slug;     ///< last part of the problem's type
  std::string_view title;    ///< English, for machines and logs
  std::string_view spanish;  ///< for the page
};
const TroubleRow& row(Trouble trouble) noexcept;

/// Ends a request with a problem document; caught by the session.
class Refusal : public std::runtime_error {
 public:
  Refusal(Trouble trouble, const std::string& detail) : std::runtime_error(detail), trouble_(trouble) {}
  [[nodiscard]] Trouble trouble() const noexcept { return trouble_; }

 private:
  Trouble trouble_;
};

/// The one place where an Errc becomes an HTTP status.
Trouble trouble_for(Errc code) noexcept;

/// application/problem+json (RFC 9457), with `code` beside it where there is an Errc.
Response problem(Trouble trouble, std::string_view detail, std::string_view code = {});
Response problem(const Error& error);
/// The same for what browsers fetch by themselves: they ask their user for a key, as the password of any name.
Response problem_to_browsers(Trouble trouble, std::string_view detail, std::string_view code);
Response asking_for_password(Response response);

/// What says so to those who are not programs, or not this API's.
using Told = Response (*)(Trouble trouble, std::string_view detail, std::string_view code);

}  // namespace chasqui::server
