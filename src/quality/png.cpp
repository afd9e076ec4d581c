#include "quality/png.hpp"

#include <png.h>

#include <chasqui/error.hpp>

namespace chasqui::quality {

// libpng's simplified interface reports errors by return value, so that no longjmp crosses C++ frames.
std::vector<std::byte> encode_png(const Image& image) {
  static_assert(sizeof(Colour) == 3);
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  const auto write = [&](void* memory, png_alloc_size_t& size) {
    if (png_image_write_to_memory(&header, memory, &size, 0, image.pixels.data(), 0, nullptr) == 0)
      throw Failure(Errc::internal, std::string("cannot write a PNG picture: ") + header.message);
  };
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::vector<std::byte> bytes(size);
  write(bytes.data(), size);
  bytes.resize(size);
  return bytes;
}

}  // namespace chasqui::quality
