#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace chasqui::core {

/// The one line of a file that holds a secret. Throws Failure(unavailable) that names `key`, the setting that named the
/// file, when it cannot be read or is empty: secrets may be put there later.
std::string read_secret(const std::filesystem::path& file, std::string_view key);

}  // namespace chasqui::core
