#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chasqui::audio {

/// `text` made harmless to print and to store: well-formed UTF-8 (RFC 3629; anything else becomes U+FFFD), control
/// characters and bidirectional overrides removed (line breaks and tabs become one space), no blanks at either end, at
/// most `max_bytes` cut at a character.
std::string clean_text(std::string_view text, std::size_t max_bytes);

}  // namespace chasqui::audio
