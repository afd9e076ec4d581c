#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chasqui::server {

/// What somebody gave as a name, for a page, a list, a file: at most `longest` bytes of UTF-8 without blanks at either
/// end. What would break the line or turn the direction of what is written around it becomes '?'.
std::string as_name(std::string_view text, std::size_t longest);

}  // namespace chasqui::server
