#pragma once

#include "opus/encoder_input.hpp"
#include "opus/encoder_settings.hpp"
#include "opus/packet.hpp"
#include "opus/warm_encoders.hpp"

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace chasqui::opus {

/// "libopus 1.6.1", as the library calls itself.
std::string library_version();

/// Samples at 48 kHz by which the encoder's output lags its input; the stream's pre-skip.
int encoder_lookahead();

/// How much of the preceding sound primes a fresh encoder, in samples: 180 ms.
inline constexpr std::int64_t priming_samples = 8'640;

/// How the decoder will stand when a segment begins. A decoder restarts within itself when mode or bandwidth change, so
/// that the first packet after such a change must not rely on what came before; otherwise doing without would only cost
/// quality.
enum class Onset : std::uint8_t {
  continuing,  ///< the packet before has the same mode and bandwidth
  fresh,       ///< it has not: the first packet is coded without prediction (OPUS_SET_PREDICTION_DISABLED)
};

/// Encodes `pcm` (mono, 48 kHz, a multiple of the frame) with a fresh encoder that first swallows `priming` (a multiple
/// of 60 ms, possibly empty) so that it takes over smoothly. Packets of one `frame_ms` each; hybrid and CELT, which
/// have no longer frame than 20 ms, get that many 20 ms frames in one packet. Pure. Throws Failure(internal) with
/// libopus' own words.
///
/// Mode::automatic leaves the choice to libopus. Other modes go through the control that libopus' own test programs use
/// (OPUS_SET_FORCE_MODE, request 11002: private, same number in 1.0 to 1.6.1); a library that refuses it, or packets in
/// another mode than asked, are a Failure(unavailable), so a setting is never silently replaced. SILK has no bandwidth
/// above wide; hybrid none below superwide; CELT no medium: Failure(usage).
std::vector<Packet> encode_segment(std::span<const std::int16_t> priming, std::span<const std::int16_t> pcm,
                                   const EncoderSettings& settings, Onset onset = Onset::continuing,
                                   const std::stop_token& stop = {});

struct SegmentPackets {
  std::vector<Packet> priming;  ///< of the preceding sound; never part of a stream
  std::vector<Packet> packets;
};

/// The same by one of `encoders`, with the packets of the priming; and with a bitrate that changes: `kbps`, if not
/// empty, holds one for every core::packet_grid samples begun of what is encoded, which replace that of the settings. A
/// segment that is decoded alone, to be judged, must begin with those: what a primed encoder writes relies on a decoder
/// that has heard what came before. Throws Failure(cancelled) soon after a stop request.
SegmentPackets encode_with_priming(const EncoderInput& input, const WarmEncoders& encoders,
                                   const EncoderSettings& settings, Onset onset = Onset::continuing,
                                   std::span<const float> kbps = {}, const std::stop_token& stop = {});

/// Joins neighbours of equal configuration into packets of at most 120 ms (RFC 6716 code 1-3 framing). The first packet
/// opens the first group, so that groups of a segment stay on the packet grid.
std::vector<Packet> join_packets(std::span<const Packet> packets);

}  // namespace chasqui::opus
