#pragma once

#include <string_view>

namespace chasqui::server {

/// In Spanish, for the page: why an episode failed, by the code of its error.
std::string_view failure_in_spanish(std::string_view code) noexcept;

}  // namespace chasqui::server
