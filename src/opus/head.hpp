#pragma once

#include <chasqui/error.hpp>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::opus {

/// The identification header (RFC 7845 section 5.1).
struct OpusHead {
  int version = 1;
  int channels = 1;  ///< 1 or 2
  int pre_skip = 0;
  std::uint32_t input_sample_rate_hz = 0;  ///< informative; 0 is unknown
  int output_gain_q8 = 0;                  ///< dB in Q7.8, -32768..32767
};

/// The 19 bytes of the packet, for mapping family 0.
std::vector<std::uint8_t> serialize(const OpusHead& head);

/// Reads an OpusHead packet. Errors: input_corrupt; input_unsupported for another major version, channel mapping or
/// number of channels.
Result<OpusHead> parse_head(std::span<const std::uint8_t> packet);

}  // namespace chasqui::opus
