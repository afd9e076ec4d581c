#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chasqui::core {

/// Bytes of the well-formed sequence at the front of `text`, which is not empty (Unicode 15, table 3-7; RFC 3629); 0:
/// it is malformed.
std::size_t utf8_sequence(std::string_view text) noexcept;
bool is_utf8(std::string_view text) noexcept;
/// Each malformed byte becomes U+FFFD, so that it can stand in JSON and HTML.
std::string as_utf8(std::string_view text);

}  // namespace chasqui::core
