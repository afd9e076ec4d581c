#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace chasqui::server {

/// As Boost.JSON serializes it, but numbers as people write them: 3 and 0.5 where Boost writes 3E0 and 5E-1.
std::string json_text(const boost::json::value& value);

}  // namespace chasqui::server
