#pragma once

#include <chasqui/error.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace chasqui::server {

/// Of a path's segment: %XX only. Nothing: bad encoding, a zero byte, or not UTF-8.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank = false);
/// For a path or a header's extended value (RFC 8187): all but unreserved characters.
std::string percent_encoded(std::string_view text);
/// application/x-www-form-urlencoded. Errc::usage: bad encoding, a name twice.
Result<std::map<std::string, std::string, std::less<>>> parse_form(std::string_view text);

/// & < > " ' replaced.
std::string html_escaped(std::string_view text);
std::string lower(std::string_view text);
std::string_view trimmed(std::string_view text);

/// Standard base 64, as tus' metadata has it; nothing when it is not.
std::optional<std::string> base64_decoded(std::string_view text);

/// The parameter `name` of a header like `form-data; name="a"; filename="b c"`, quotes taken off.
std::optional<std::string> header_parameter(std::string_view header, std::string_view name);
/// What stands before the first ';', trimmed, lower case.
std::string media_type(std::string_view header);

}  // namespace chasqui::server
