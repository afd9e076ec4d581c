#include "audio/decoder_child/av.hpp"

#include <array>
#include <new>

namespace chasqui::audio::decoder_child {

std::string describe(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

void check_memory(int result) {
  if (result == AVERROR(ENOMEM)) throw std::bad_alloc();
}

}  // namespace chasqui::audio::decoder_child
