#pragma once

#include <string_view>

namespace chasqui::server {

/// docs/openapi.yaml as JSON; made at build time by tools/embed-openapi.
extern const std::string_view openapi_json;

}  // namespace chasqui::server
