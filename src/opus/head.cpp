#include "opus/head.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace chasqui::opus {
namespace {

constexpr std::string_view magic = "OpusHead";

}  // namespace

std::vector<std::uint8_t> serialize(const OpusHead& head) {
  std::vector<std::uint8_t> packet(magic.begin(), magic.end());
  const auto put = [&](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) packet.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  put(static_cast<std::uint32_t>(head.version), 1);
  put(static_cast<std::uint32_t>(head.channels), 1);
  put(static_cast<std::uint32_t>(head.pre_skip), 2);
  put(head.input_sample_rate_hz, 4);
  put(static_cast<std::uint32_t>(head.output_gain_q8), 2);
  put(0, 1);  // mapping family
  return packet;
}

Result<OpusHead> parse_head(std::span<const std::uint8_t> packet) {
  const auto fail = [](Errc code, std::string what) {
    return std::unexpected(Error{code, fmt::format("the Opus header {}", what)});
  };
  if (packet.size() < magic.size() || !std::ranges::equal(packet.first(magic.size()), magic))
    return fail(Errc::input_corrupt, "does not begin with OpusHead");
  if (packet.size() < 19) return fail(Errc::input_corrupt, fmt::format("has {} bytes instead of 19", packet.size()));
  const auto le16 = [&](std::size_t at) { return packet[at] | packet[at + 1] << 8; };
  OpusHead head;
  head.version = packet[8];
  head.channels = packet[9];
  head.pre_skip = le16(10);
  head.input_sample_rate_hz = static_cast<std::uint32_t>(le16(12)) | static_cast<std::uint32_t>(le16(14)) << 16U;
  head.output_gain_q8 = static_cast<std::int16_t>(le16(16));
  const int family = packet[18];
  if (head.version >> 4 != 0)
    return fail(Errc::input_unsupported, fmt::format("is of version {}; versions 0 to 15 can be read", head.version));
  if (family != 0)
    return fail(Errc::input_unsupported,
                fmt::format("has channel mapping family {}; only mono and stereo (family 0) can be read", family));
  if (head.channels == 0) return fail(Errc::input_corrupt, "has no channels");
  if (head.channels > 2)
    return fail(Errc::input_corrupt,
                fmt::format("has {} channels in mapping family 0, which has 1 or 2", head.channels));
  return head;
}

}  // namespace chasqui::opus
