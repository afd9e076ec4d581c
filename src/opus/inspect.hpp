#pragma once

#include "opus/ogg_reader.hpp"
#include "opus/packet.hpp"

#include <array>
#include <chasqui/error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

namespace chasqui::opus {

/// A stretch of the file: what it costs, and the mode and bandwidth that take most of its time.
struct RatePoint {
  double begin_seconds = 0;
  double seconds = 0;
  double kbps = 0;  ///< of packets, without the container
  Mode mode = Mode::automatic;
  Bandwidth bandwidth = Bandwidth::narrow;
};

/// All facts of an Ogg Opus file. Shares are of the time in its valid packets, 0..1.
struct Inspection {
  OpusHead head;
  Comments comments;
  std::uint32_t serial = 0;
  ReadStats container;
  std::int64_t samples = 0;       ///< heard, at 48 kHz, without what is lost
  std::int64_t lost_samples = 0;  ///< missing by the stream's clock, wherever it jumps ahead
  double seconds = 0;
  double average_kbps = 0;                        ///< of the whole file
  double packets_kbps = 0;                        ///< of audio packets alone
  std::int64_t container_bytes = 0;               ///< all bytes that are not in audio packets
  double container_share = 0;                     ///< of the file's bytes
  std::array<double, 4> mode_share{};             ///< by Mode
  std::array<double, 5> bandwidth_share{};        ///< by Bandwidth
  std::map<int, double> frame_share;              ///< by samples per frame
  std::map<int, std::int64_t> frames_per_packet;  ///< number of packets by their number of frames
  double dtx_share = 0;                           ///< frames of at most one byte: nothing is transmitted
  double stereo_share = 0;
  std::int64_t invalid_packets = 0;
  std::size_t smallest_packet = 0;
  std::size_t largest_packet = 0;
  std::vector<RatePoint> rate;  ///< over time, in order
};

/// Reads all of it, without decoding. `step_seconds` (0.12 at least) is the length of each RatePoint. Errors as
/// OggOpusReader's, and input_empty for a stream without sound.
Result<Inspection> inspect(OggOpusReader reader, double step_seconds = 10);

}  // namespace chasqui::opus
