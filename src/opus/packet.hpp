#pragma once

#include <chasqui/error.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace chasqui::opus {

enum class Bandwidth : std::uint8_t { narrow, medium, wide, superwide, full };
enum class Mode : std::uint8_t { automatic, silk, hybrid, celt };

/// "narrowband", ..., "fullband".
std::string_view name(Bandwidth bandwidth) noexcept;
/// "automatic", "silk", "hybrid", "celt".
std::string_view name(Mode mode) noexcept;

/// One Opus packet (RFC 6716) and its duration in samples at 48 kHz.
struct Packet {
  std::vector<std::uint8_t> bytes;
  int samples = 0;

  friend bool operator==(const Packet&, const Packet&) = default;
};

/// What the first byte of a packet says (RFC 6716 section 3.1).
struct Toc {
  int config = 0;  ///< 0..31
  Mode mode = Mode::silk;
  Bandwidth bandwidth = Bandwidth::narrow;
  int frame_samples = 0;  ///< of one frame, at 48 kHz: 120 (2.5 ms) .. 2880 (60 ms)
  bool stereo = false;
  int code = 0;  ///< 0: one frame, 1: two equal, 2: two different, 3: any number
};

Toc parse_toc(std::uint8_t byte) noexcept;

/// A packet taken apart. Frames are spans into the packet.
struct PacketView {
  Toc toc;
  std::vector<std::span<const std::uint8_t>> frames;  ///< 1..48
  std::size_t padding_bytes = 0;                      ///< code 3 only, counting their length bytes
  bool variable_sizes = false;                        ///< code 2, or code 3 with the V flag

  [[nodiscard]] int samples() const noexcept { return toc.frame_samples * static_cast<int>(frames.size()); }
};

/// Checks all of RFC 6716 section 3.4 (R1 to R7); a violation is Errc::input_corrupt naming the rule.
Result<PacketView> parse_packet(std::span<const std::uint8_t> packet);

/// Duration in samples at 48 kHz by the same rules but without looking at frame sizes: 0 for what has no valid
/// duration.
int packet_samples(std::span<const std::uint8_t> packet) noexcept;

}  // namespace chasqui::opus
