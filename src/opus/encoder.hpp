#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::opus {

enum class Bandwidth : std::uint8_t { narrow, medium, wide, superwide, full };
enum class Mode : std::uint8_t { automatic, silk, hybrid, celt };

/// One setting of the encoder: what the planner chooses per segment.
struct EncoderSettings {
  double bitrate_kbps = 8.0;
  Bandwidth bandwidth = Bandwidth::narrow;
  Mode mode = Mode::automatic;
  int frame_ms = 60;  ///< 20, 40 or 60
  int complexity = 10;
  bool dtx = false;
  bool constrained_vbr = false;
  bool constant_bitrate = false;
  bool music = false;

  friend bool operator==(const EncoderSettings&, const EncoderSettings&) = default;
};

/// One Opus packet (RFC 6716) and its duration in samples at 48 kHz.
struct Packet {
  std::vector<std::uint8_t> bytes;
  int samples = 0;
};

/// Samples at 48 kHz by which the encoder's output lags its input; the stream's pre-skip.
int encoder_lookahead();

/// How much of the preceding sound primes a fresh encoder, in samples: 180 ms.
inline constexpr std::int64_t priming_samples = 8'640;

/// Encodes `pcm` (mono, 48 kHz, a multiple of the frame) with a fresh encoder that first swallows `priming` (a multiple of
/// 60 ms, possibly empty) so that it takes over smoothly. Pure. Throws Failure(internal) with libopus' own words.
std::vector<Packet> encode_segment(std::span<const std::int16_t> priming, std::span<const std::int16_t> pcm,
                                   const EncoderSettings& settings);

/// Joins neighbours of equal configuration into packets of at most 120 ms (RFC 6716 code 1-3 framing).
std::vector<Packet> join_packets(std::span<const Packet> packets);

}  // namespace chasqui::opus
