#include "core/secret_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chasqui/error.hpp>
#include <fstream>
#include <system_error>

namespace chasqui::core {

std::string read_secret(const std::filesystem::path& file, std::string_view key) {
  std::ifstream stream(file);
  std::string line;
  if (!stream)
    throw Failure(Errc::unavailable, fmt::format("{}: {}: cannot be read: {}; put the secret there", key, file.string(),
                                                 std::generic_category().message(errno)));
  std::getline(stream, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.pop_back();
  if (line.empty())
    throw Failure(Errc::unavailable, fmt::format("{}: {}: is empty; put the secret there", key, file.string()));
  return line;
}

}  // namespace chasqui::core
