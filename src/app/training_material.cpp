#include "app/training_material.hpp"

#include "app/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <fstream>
#include <map>
#include <string>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

std::string known(std::string field) {
  return field == "-" ? "" : field;
}

/// Origins by file, as the manifest names them.
std::map<std::string, model::Origin> read_manifest(const fs::path& path) {
  std::map<std::string, model::Origin> origins;
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return origins;
  const auto columns = model::split_line(line);
  std::array<std::size_t, 4> places{};
  constexpr std::array wanted{"file", "speaker", "source", "licence"};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto found = std::ranges::find(columns, wanted[i]);
    if (found == columns.end())
      throw Failure(Errc::input_corrupt, fmt::format("{}: has no column '{}'; it takes file, speaker, source, licence",
                                                     path.string(), wanted[i]));
    places[i] = static_cast<std::size_t>(found - columns.begin());
  }
  for (std::size_t number = 2; std::getline(file, line); ++number) {
    const auto fields = model::split_line(line);
    if (fields.size() != columns.size())
      throw Failure(Errc::input_corrupt, fmt::format("{}: line {}: {} fields where {} belong", path.string(), number,
                                                     fields.size(), columns.size()));
    origins[fields[places[0]]] = {.file = fields[places[0]],
                                  .sha256 = "",
                                  .speaker = known(fields[places[1]]),
                                  .source = known(fields[places[2]]),
                                  .licence = known(fields[places[3]])};
  }
  return origins;
}

}  // namespace

std::vector<Recording> training_material(const fs::path& folder) {
  const auto origins = read_manifest(folder / "manifest.csv");
  std::vector<Recording> recordings;
  for (const auto& relative : recordings_below(folder)) {
    const auto found = origins.find(relative.generic_string());
    model::Origin origin;
    origin.file = relative.generic_string();
    recordings.push_back({folder / relative, found == origins.end() ? origin : found->second});
  }
  if (recordings.empty())
    throw Failure(Errc::input_missing, fmt::format("{}: no recordings in there", folder.string()));
  return recordings;
}

}  // namespace chasqui::app
