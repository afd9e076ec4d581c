#pragma once

#include <string>
#include <utility>
#include <vector>

namespace chasqui::audio {

/// The libraries behind this folder that shape the sound, as (name, version at run time).
std::vector<std::pair<std::string, std::string>> library_versions();

/// Whether this build can suppress noise.
bool has_rnnoise() noexcept;

}  // namespace chasqui::audio
