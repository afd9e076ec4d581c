#include "server/names.hpp"

#include "core/utf8.hpp"
#include "server/text.hpp"

namespace chasqui::server {
namespace {

/// Controls of C0 and C1, the separators of lines and paragraphs, and the bidirectional embeddings, overrides and
/// isolates (Unicode 15, sections 23.1 and 23.2). `sequence` is one character.
bool is_control(std::string_view sequence) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  if (sequence.size() == 2) return byte(0) == 0xC2 && byte(1) < 0xA0;
  if (sequence.size() != 3 || byte(0) != 0xE2) return false;
  return (byte(1) == 0x80 && byte(2) >= 0xA8 && byte(2) <= 0xAE) ||
         (byte(1) == 0x81 && byte(2) >= 0xA6 && byte(2) <= 0xA9);
}

}  // namespace

std::string as_name(std::string_view text, std::size_t longest) {
  std::string name;
  const auto valid = core::as_utf8(text);
  for (std::string_view rest = valid; !rest.empty();) {
    const auto sequence = rest.substr(0, core::utf8_sequence(rest));
    rest.remove_prefix(sequence.size());
    if (name.size() + sequence.size() > longest) break;
    name += is_control(sequence) ? "?" : sequence;
  }
  return std::string(trimmed(name));
}

}  // namespace chasqui::server
