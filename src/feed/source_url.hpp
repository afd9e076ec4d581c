#pragma once

#include <chasqui/error.hpp>
#include <string>

namespace chasqui::feed {

/// What can be said of an address before anything is asked of it: Errc::usage when it is no http or https address, or
/// carries a user or a password. Which hosts may be reached is decided when connecting.
Result<void> check_source_url(const std::string& url);

/// The last part of its path, decoded; may be empty.
std::string file_name_of(const std::string& url);

}  // namespace chasqui::feed
