#pragma once

#include <string>
#include <string_view>

namespace chasqui::server {

/// The OpenAPI document as a page to be read. Throws where it is not one.
std::string api_page(std::string_view openapi);

}  // namespace chasqui::server
