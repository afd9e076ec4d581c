#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace chasqui::core {

/// RFC 4648 section 4: padded, on one line.
std::string base64(std::span<const std::byte> bytes);

}  // namespace chasqui::core
