#pragma once

#include <string>
#include <utility>
#include <vector>

namespace chasqui::compress {

/// The libraries that shape the output, as (name, version at run time).
std::vector<std::pair<std::string, std::string>> library_versions();

/// Features of libopus that this build can use or lacks, as (name, present): what older versions do not have is off.
std::vector<std::pair<std::string, bool>> features();

}  // namespace chasqui::compress
