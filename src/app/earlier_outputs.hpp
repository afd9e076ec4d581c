#pragma once

#include <filesystem>
#include <set>
#include <vector>

namespace chasqui::app {

/// Of `found` (as recordings_below gives them for `folder`), what an earlier run made of another one beside it: Ogg
/// Opus that names Chasqui as its encoder, next to a recording of the same name but for the extension. The other
/// formats have no place that tells an output from an original.
std::set<std::filesystem::path> earlier_outputs(const std::filesystem::path& folder,
                                                const std::vector<std::filesystem::path>& found);

}  // namespace chasqui::app
