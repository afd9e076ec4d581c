#pragma once

#include "core/pcm.hpp"
#include "opus/ogg_reader.hpp"
#include "opus/packet.hpp"

#include <chasqui/error.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace chasqui::opus {

/// Neural post-filters of libopus >= 1.5 for SILK wideband, chosen there by the decoder's complexity.
enum class Enhancement : std::uint8_t { none, lace, nolace };

/// The decoder that a listener has.
struct ListenerDecoder {
  Enhancement enhancement = Enhancement::none;
  bool bandwidth_extension = false;  ///< blind extension of SILK wideband to fullband, libopus >= 1.6

  friend bool operator==(const ListenerDecoder&, const ListenerDecoder&) = default;
};

struct DecoderFeatures {
  bool lace = false;
  bool nolace = false;
  bool bandwidth_extension = false;

  friend bool operator==(const DecoderFeatures&, const DecoderFeatures&) = default;
};

/// What the libopus at hand really does: each feature is tried on a short sound, and counts when it changes the
/// outcome. A library that takes the request but was built without the networks counts as without. Takes some
/// milliseconds.
DecoderFeatures decoder_features();

/// One decoder for a run of packets. For one thread.
class PacketDecoder {
 public:
  /// Output at 48, 24, 16, 12 or 8 kHz with 1 or 2 interleaved channels. Errors: unavailable (naming the feature);
  /// internal.
  static Result<PacketDecoder> create(const ListenerDecoder& listener, int channels = 1, int output_gain_q8 = 0,
                                      int rate_hz = core::sample_rate_hz);
  PacketDecoder(PacketDecoder&&) noexcept;
  PacketDecoder& operator=(PacketDecoder&&) noexcept;
  ~PacketDecoder();

  /// Appends the packet's samples to `out`. A packet that libopus refuses is concealed for as long as its header says
  /// (not at all when that makes no sense either) and the answer is false.
  bool decode(std::span<const std::uint8_t> packet, std::vector<float>& out);
  bool decode(std::span<const std::uint8_t> packet, std::vector<std::int16_t>& out);
  /// Appends `samples` (at the output's rate) per channel in place of lost ones: libopus' concealment for the first
  /// second, then silence.
  void conceal(std::int64_t samples, std::vector<float>& out);
  void conceal(std::int64_t samples, std::vector<std::int16_t>& out);

 private:
  struct Impl;
  explicit PacketDecoder(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// Mono packets decoded from a fresh decoder at 48, 24, 16, 12 or 8 kHz: as many samples as the packets last. The sound
/// lags by encoder_lookahead(), which is of 48 kHz. For packets made here; throws Failure(internal) on one that does
/// not decode.
Result<std::vector<float>> decode_packets(std::span<const Packet> packets, const ListenerDecoder& listener,
                                          int rate_hz = core::sample_rate_hz);

struct DecodeReport {
  int channels = 1;
  std::int64_t samples = 0;            ///< given to the sink, per channel
  std::int64_t concealed_packets = 0;  ///< present but invalid
  std::int64_t concealed_samples = 0;  ///< for lost and invalid packets
  std::int64_t jumped_samples = 0;     ///< gaps in the clock too long to fill with silence: over an hour in all
  ReadStats container;
};

/// Interleaved samples at 48 kHz; the span lives during the call.
using FloatSink = std::function<void(std::span<const float>)>;
using Int16Sink = std::function<void(std::span<const std::int16_t>)>;

/// All sound of an Ogg Opus stream as a player gives it: pre-skip dropped, end trimmed, header gain applied, lost parts
/// concealed so that what follows stays in its place. Memory does not grow with the length.
Result<DecodeReport> decode_stream(OggOpusReader reader, const ListenerDecoder& listener, const FloatSink& sink);
Result<DecodeReport> decode_stream(OggOpusReader reader, const ListenerDecoder& listener, const Int16Sink& sink);

}  // namespace chasqui::opus
