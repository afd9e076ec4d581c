#include "core/base64.hpp"

#include <sodium.h>

namespace chasqui::core {

std::string base64(std::span<const std::byte> bytes) {
  constexpr int variant = sodium_base64_VARIANT_ORIGINAL;
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    variant);
  text.pop_back();  // libsodium ends it with a NUL
  return text;
}

}  // namespace chasqui::core
