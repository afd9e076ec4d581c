#pragma once

#include "quality/canvas.hpp"

#include <cstddef>
#include <vector>

namespace chasqui::quality {

/// The image as a PNG file, 8-bit RGB. Throws Failure(internal) with libpng's own words.
std::vector<std::byte> encode_png(const Image& image);

}  // namespace chasqui::quality
