#pragma once

#include <cstdint>
#include <string>

namespace chasqui::core {

/// Seconds as "1 h 02 min", "3 min 20 s" or "12 s".
std::string duration_text(double seconds);
/// Bytes as "3.60 MB", "57.6 kB" or "312 bytes".
std::string size_text(std::uint64_t bytes);

}  // namespace chasqui::core
