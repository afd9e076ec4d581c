#include "opus/packet.hpp"

#include <opus/opus.h>

#include <cstdint>
#include <cstdlib>

/// The parser must agree with libopus' own on every packet: on validity, duration and the size of each frame.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto view = chasqui::opus::parse_packet({data, size});
  const std::uint8_t* frames[48];
  opus_int16 sizes[48];
  const int count =
      size == 0 ? -1 : opus_packet_parse(data, static_cast<opus_int32>(size), nullptr, frames, sizes, nullptr);
  if (view.has_value() != (count > 0)) std::abort();
  if (!view) return 0;
  if (view->samples() != chasqui::opus::packet_samples({data, size})) std::abort();
  if (view->samples() != opus_packet_get_nb_samples(data, static_cast<opus_int32>(size), 48'000)) std::abort();
  if (static_cast<int>(view->frames.size()) != count) std::abort();
  for (int i = 0; i < count; ++i) {
    const auto& frame = view->frames[static_cast<std::size_t>(i)];
    if (frame.size() != static_cast<std::size_t>(sizes[i]) || frame.data() != frames[i]) std::abort();
  }
  return 0;
}
