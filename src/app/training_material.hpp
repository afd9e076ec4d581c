#pragma once

#include "model/labels.hpp"

#include <filesystem>
#include <vector>

namespace chasqui::app {

struct Recording {
  std::filesystem::path path;
  model::Origin origin;  ///< without hash
};

/// The recordings below `folder`, sorted. Who speaks, where it comes from and under which licence says its
/// manifest.csv, if there is one, in columns of these names beside `file`; "-" and nothing are unknown. Throws Failure:
/// input_missing; input_corrupt for a manifest without these columns.
std::vector<Recording> training_material(const std::filesystem::path& folder);

}  // namespace chasqui::app
