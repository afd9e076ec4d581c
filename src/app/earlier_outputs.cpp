#include "app/earlier_outputs.hpp"

#include "opus/ogg_reader.hpp"

#include <map>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

bool made_by_chasqui(const fs::path& path) {
  const auto reader = opus::OggOpusReader::open(path);
  return reader && opus::find(reader->comments(), "ENCODER").starts_with("chasqui ");
}

}  // namespace

std::set<fs::path> earlier_outputs(const fs::path& folder, const std::vector<fs::path>& found) {
  const auto stem = [](const fs::path& path) { return path.parent_path() / path.stem(); };
  std::map<fs::path, int> of_that_stem;
  for (const auto& path : found) ++of_that_stem[stem(path)];
  std::set<fs::path> outputs;
  for (const auto& path : found) {
    if (path.extension() == ".opus" && of_that_stem[stem(path)] > 1 && made_by_chasqui(folder / path))
      outputs.insert(path);
  }
  return outputs;
}

}  // namespace chasqui::app
