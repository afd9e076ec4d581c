#include "audio/decoder_text.hpp"

#include <algorithm>
#include <cstdint>

namespace chasqui::audio {
namespace {

struct Character {
  std::uint32_t code = 0xFFFD;
  std::size_t bytes = 1;  // consumed
};

/// The character at the start of `text`, which is not empty; U+FFFD for one byte that begins no valid sequence.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return {};
  return {code, length};
}

bool is_hidden(std::uint32_t code) {
  const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool direction = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool separator = code == 0x2028 || code == 0x2029;
  return control || direction || separator || code == 0xFEFF;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t max_bytes) {
  std::string clean;
  while (!text.empty() && clean.size() < max_bytes) {
    const Character character = first_character(text);
    std::string_view piece = text.substr(0, character.bytes);
    text.remove_prefix(character.bytes);
    if (character.code == 0xFFFD) piece = "\xEF\xBF\xBD";
    if (character.code == '\n' || character.code == '\r' || character.code == '\t')
      piece = " ";
    else if (is_hidden(character.code))
      continue;
    if (piece == " " && (clean.empty() || clean.back() == ' ')) continue;
    if (clean.size() + piece.size() > max_bytes) break;
    clean += piece;
  }
  while (!clean.empty() && clean.back() == ' ') clean.pop_back();
  return clean;
}

}  // namespace chasqui::audio
