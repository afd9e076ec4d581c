#include "opus/packet.hpp"

#include <fmt/format.h>

#include <array>

namespace chasqui::opus {
namespace {

constexpr int longest_packet_samples = 5'760;  // 120 ms
constexpr std::size_t largest_frame = 1'275;

std::unexpected<Error> invalid(std::string_view rule, std::string_view what) {
  return std::unexpected(Error{Errc::input_corrupt, fmt::format("invalid Opus packet: {} (RFC 6716, {})", what, rule)});
}

/// A frame length of one or two bytes (RFC 6716 section 3.2.1), taken off the front of `rest`.
bool take_length(std::span<const std::uint8_t>& rest, std::size_t& length) {
  if (rest.empty()) return false;
  const std::size_t first = rest[0];
  if (first < 252) {
    length = first;
    rest = rest.subspan(1);
    return true;
  }
  if (rest.size() < 2) return false;
  length = first + 4 * std::size_t{rest[1]};
  rest = rest.subspan(2);
  return true;
}

/// The padding length bytes and the padding itself (section 3.2.5), taken off both ends of `rest`.
bool take_padding(std::span<const std::uint8_t>& rest, std::size_t& padding_bytes) {
  std::size_t trailing = 0;
  for (;;) {
    if (rest.empty()) return false;
    const std::size_t value = rest[0];
    rest = rest.subspan(1);
    ++padding_bytes;
    trailing += value == 255 ? 254 : value;
    if (value != 255) break;
  }
  if (trailing > rest.size()) return false;
  padding_bytes += trailing;
  rest = rest.first(rest.size() - trailing);
  return true;
}

Result<PacketView> split_equal(PacketView view, std::span<const std::uint8_t> rest, std::size_t count,
                               std::string_view rule) {
  if (rest.size() % count != 0) return invalid(rule, "its bytes do not divide into equal frames");
  const std::size_t size = rest.size() / count;
  if (size > largest_frame) return invalid("R2", "a frame of more than 1275 bytes");
  for (std::size_t i = 0; i < count; ++i) view.frames.push_back(rest.subspan(i * size, size));
  return view;
}

/// `count` frames of which all but the last have their length ahead.
Result<PacketView> split_variable(PacketView view, std::span<const std::uint8_t> rest, std::size_t count,
                                  std::string_view rule) {
  view.variable_sizes = true;
  std::array<std::size_t, 48> sizes{};
  std::size_t total = 0;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    if (!take_length(rest, sizes[i])) return invalid(rule, "it ends within its frame lengths");
    total += sizes[i];
  }
  if (total > rest.size()) return invalid(rule, "its frame lengths exceed its size");
  sizes[count - 1] = rest.size() - total;
  if (sizes[count - 1] > largest_frame) return invalid("R2", "a frame of more than 1275 bytes");
  for (std::size_t i = 0; i < count; ++i) {
    view.frames.push_back(rest.first(sizes[i]));
    rest = rest.subspan(sizes[i]);
  }
  return view;
}

Result<PacketView> split_code3(PacketView view, std::span<const std::uint8_t> rest) {
  if (rest.empty()) return invalid("R6, R7", "no frame count byte");
  const std::uint8_t byte = rest[0];
  rest = rest.subspan(1);
  const std::size_t count = byte & 0x3fU;
  if (count == 0) return invalid("R5", "no frames");
  if (static_cast<int>(count) * view.toc.frame_samples > longest_packet_samples)
    return invalid("R5", "more than 120 ms in one packet");
  const bool variable = (byte & 0x80U) != 0;
  const std::string_view rule = variable ? "R7" : "R6";
  if ((byte & 0x40U) != 0 && !take_padding(rest, view.padding_bytes))
    return invalid(rule, "its padding exceeds its size");
  return variable ? split_variable(std::move(view), rest, count, rule)
                  : split_equal(std::move(view), rest, count, rule);
}

}  // namespace

std::string_view name(Bandwidth bandwidth) noexcept {
  constexpr std::array<std::string_view, 5> names{"narrowband", "mediumband", "wideband", "superwideband", "fullband"};
  return names[static_cast<std::size_t>(bandwidth)];
}

std::string_view name(Mode mode) noexcept {
  constexpr std::array<std::string_view, 4> names{"automatic", "silk", "hybrid", "celt"};
  return names[static_cast<std::size_t>(mode)];
}

Toc parse_toc(std::uint8_t byte) noexcept {
  Toc toc;
  toc.config = byte >> 3U;
  toc.stereo = (byte & 4U) != 0;
  toc.code = byte & 3U;
  if (toc.config < 12) {
    constexpr std::array bandwidths{Bandwidth::narrow, Bandwidth::medium, Bandwidth::wide};
    constexpr std::array samples{480, 960, 1920, 2880};
    toc.mode = Mode::silk;
    toc.bandwidth = bandwidths[static_cast<std::size_t>(toc.config) / 4];
    toc.frame_samples = samples[static_cast<std::size_t>(toc.config) % 4];
  } else if (toc.config < 16) {
    toc.mode = Mode::hybrid;
    toc.bandwidth = toc.config < 14 ? Bandwidth::superwide : Bandwidth::full;
    toc.frame_samples = toc.config % 2 == 0 ? 480 : 960;
  } else {
    constexpr std::array bandwidths{Bandwidth::narrow, Bandwidth::wide, Bandwidth::superwide, Bandwidth::full};
    toc.mode = Mode::celt;
    toc.bandwidth = bandwidths[static_cast<std::size_t>(toc.config - 16) / 4];
    toc.frame_samples = 120 << (toc.config % 4);
  }
  return toc;
}

Result<PacketView> parse_packet(std::span<const std::uint8_t> packet) {
  if (packet.empty()) return invalid("R1", "no bytes");
  PacketView view;
  view.toc = parse_toc(packet[0]);
  const auto rest = packet.subspan(1);
  switch (view.toc.code) {
    case 0:
      return split_equal(std::move(view), rest, 1, "R2");
    case 1:
      return split_equal(std::move(view), rest, 2, "R3");
    case 2:
      return split_variable(std::move(view), rest, 2, "R4");
    default:
      return split_code3(std::move(view), rest);
  }
}

int packet_samples(std::span<const std::uint8_t> packet) noexcept {
  if (packet.empty()) return 0;
  const Toc toc = parse_toc(packet[0]);
  int frames = toc.code == 0 ? 1 : 2;
  if (toc.code == 3) {
    if (packet.size() < 2) return 0;
    frames = packet[1] & 0x3f;
  }
  const int samples = frames * toc.frame_samples;
  return samples > longest_packet_samples ? 0 : samples;
}

}  // namespace chasqui::opus
