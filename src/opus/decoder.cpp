#include "opus/decoder.hpp"

#include "core/pcm.hpp"
#include "opus/encoder.hpp"

#include <fmt/format.h>
#include <opus/opus.h>

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>

namespace chasqui::opus {
namespace {

constexpr std::int64_t longest_concealment = core::sample_rate_hz;
constexpr std::int64_t longest_fill = std::int64_t{3600} * core::sample_rate_hz;
constexpr int longest_packet = 5'760;
constexpr int shortest_frame = 120;  // 2.5 ms, the unit of concealment

struct DecoderDeleter {
  void operator()(OpusDecoder* decoder) const noexcept { opus_decoder_destroy(decoder); }
};
using DecoderHandle = std::unique_ptr<OpusDecoder, DecoderDeleter>;

int run(OpusDecoder* decoder, const std::uint8_t* data, opus_int32 size, float* out, int samples) {
  return opus_decode_float(decoder, data, size, out, samples, 0);
}

int run(OpusDecoder* decoder, const std::uint8_t* data, opus_int32 size, std::int16_t* out, int samples) {
  return opus_decode(decoder, data, size, out, samples, 0);
}

/// libopus gives LACE at complexity 6 and NoLACE from 7; bandwidth extension needs at least 4.
int complexity_for(const ListenerDecoder& listener) {
  switch (listener.enhancement) {
    case Enhancement::lace:
      return 6;
    case Enhancement::nolace:
      return 7;
    case Enhancement::none:
      return listener.bandwidth_extension ? 4 : 0;
  }
  return 0;
}

bool configure(OpusDecoder* decoder, const ListenerDecoder& listener) {
  const int complexity = complexity_for(listener);
  if (complexity != 0 && opus_decoder_ctl(decoder, OPUS_SET_COMPLEXITY(complexity)) != OPUS_OK) return false;
  if (!listener.bandwidth_extension) return true;
#ifdef OPUS_SET_OSCE_BWE
  return opus_decoder_ctl(decoder, OPUS_SET_OSCE_BWE(1)) == OPUS_OK;
#else
  return false;
#endif
}

/// Half a second of a buzzing tone as SILK wideband, which every post-filter changes.
std::vector<Packet> trial_packets() {
  std::vector<std::int16_t> buzz(std::size_t{2'880} * 8);
  for (std::size_t n = 0; n < buzz.size(); ++n)
    buzz[n] = static_cast<std::int16_t>(static_cast<int>(n * 7 % 1'200) * 16 - 9'600);
  return encode_segment({}, buzz, {.bitrate_kbps = 12, .bandwidth = Bandwidth::wide, .complexity = 0});
}

/// Nothing when the library refuses the request.
DecoderHandle create_decoder(const ListenerDecoder& listener, int rate_hz, int channels) {
  int status = OPUS_OK;
  DecoderHandle decoder(opus_decoder_create(rate_hz, channels, &status));
  if (status != OPUS_OK || !configure(decoder.get(), listener)) return nullptr;
  return decoder;
}

std::vector<float> decode_mono(OpusDecoder* decoder, std::span<const Packet> packets) {
  std::vector<float> sound;
  std::vector<float> block(longest_packet);
  for (const auto& packet : packets) {
    const int got =
        run(decoder, packet.bytes.data(), static_cast<opus_int32>(packet.bytes.size()), block.data(), longest_packet);
    if (got < 0) throw Failure(Errc::internal, "libopus refuses a packet that was encoded here");
    sound.insert(sound.end(), block.begin(), block.begin() + got);
  }
  return sound;
}

/// Empty when the library refuses the request.
std::vector<float> try_out(std::span<const Packet> packets, const ListenerDecoder& listener) {
  const auto decoder = create_decoder(listener, core::sample_rate_hz, 1);
  return decoder ? decode_mono(decoder.get(), packets) : std::vector<float>{};
}

/// Why a decoder cannot be had.
std::optional<Error> lacking(const ListenerDecoder& listener) {
  // Of the program's libopus, which does not change while it runs.
  static const DecoderFeatures features = decoder_features();
  const auto unavailable = [](std::string_view what) {
    return Error{Errc::unavailable, fmt::format("{} has no {}; choose the stock decoder, or install libopus >= 1.6 "
                                                "built with it",
                                                library_version(), what)};
  };
  if (listener.enhancement == Enhancement::lace && !features.lace) return unavailable("LACE enhancement");
  if (listener.enhancement == Enhancement::nolace && !features.nolace) return unavailable("NoLACE enhancement");
  if (listener.bandwidth_extension && !features.bandwidth_extension) return unavailable("bandwidth extension");
  return std::nullopt;
}

Error cannot_create() {
  return {Errc::internal, "libopus cannot create a decoder; is there no memory left?"};
}

}  // namespace

DecoderFeatures decoder_features() {
  const auto packets = trial_packets();
  const auto stock = try_out(packets, {});
  const auto lace = try_out(packets, {.enhancement = Enhancement::lace});
  const auto nolace = try_out(packets, {.enhancement = Enhancement::nolace});
  const auto extended = try_out(packets, {.bandwidth_extension = true});
  return {.lace = !lace.empty() && lace != stock,
          .nolace = !nolace.empty() && nolace != stock && nolace != lace,
          .bandwidth_extension = !extended.empty() && extended != stock};
}

struct PacketDecoder::Impl {
  DecoderHandle decoder;
  int channels = 1;
  int divisor = 1;  // of 48 kHz

  template <typename Sample>
  bool decode(std::span<const std::uint8_t> packet, std::vector<Sample>& out) {
    const int samples = packet_samples(packet) / divisor;
    if (samples == 0) return false;
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(samples) * static_cast<std::size_t>(channels));
    const int got =
        run(decoder.get(), packet.data(), static_cast<opus_int32>(packet.size()), out.data() + before, samples);
    if (got == samples) return true;
    out.resize(before);
    conceal(samples, out);
    return false;
  }

  template <typename Sample>
  void conceal(std::int64_t samples, std::vector<Sample>& out) {
    const std::int64_t unit = shortest_frame / divisor;
    std::int64_t by_library = std::min(samples, longest_concealment / divisor) / unit * unit;
    const std::size_t end = out.size() + static_cast<std::size_t>(samples) * static_cast<std::size_t>(channels);
    while (by_library > 0) {
      const int step = static_cast<int>(std::min<std::int64_t>(by_library, longest_packet / divisor));
      const std::size_t before = out.size();
      out.resize(before + static_cast<std::size_t>(step) * static_cast<std::size_t>(channels));
      if (run(decoder.get(), nullptr, 0, out.data() + before, step) != step)
        std::fill(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), Sample{});
      by_library -= step;
    }
    out.resize(end);
  }
};

PacketDecoder::PacketDecoder(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
PacketDecoder::PacketDecoder(PacketDecoder&&) noexcept = default;
PacketDecoder& PacketDecoder::operator=(PacketDecoder&&) noexcept = default;
PacketDecoder::~PacketDecoder() = default;

Result<PacketDecoder> PacketDecoder::create(const ListenerDecoder& listener, int channels, int output_gain_q8,
                                            int rate_hz) {
  if (const auto reason = lacking(listener)) return std::unexpected(*reason);
  auto impl = std::make_unique<Impl>();
  impl->decoder = create_decoder(listener, rate_hz, channels);
  impl->channels = channels;
  impl->divisor = core::sample_rate_hz / rate_hz;
  if (!impl->decoder || opus_decoder_ctl(impl->decoder.get(), OPUS_SET_GAIN(output_gain_q8)) != OPUS_OK)
    return std::unexpected(cannot_create());
  return PacketDecoder(std::move(impl));
}

bool PacketDecoder::decode(std::span<const std::uint8_t> packet, std::vector<float>& out) {
  return impl_->decode(packet, out);
}
bool PacketDecoder::decode(std::span<const std::uint8_t> packet, std::vector<std::int16_t>& out) {
  return impl_->decode(packet, out);
}
void PacketDecoder::conceal(std::int64_t samples, std::vector<float>& out) {
  impl_->conceal(samples, out);
}
void PacketDecoder::conceal(std::int64_t samples, std::vector<std::int16_t>& out) {
  impl_->conceal(samples, out);
}

Result<std::vector<float>> decode_packets(std::span<const Packet> packets, const ListenerDecoder& listener,
                                          int rate_hz) {
  if (const auto reason = lacking(listener)) return std::unexpected(*reason);
  const auto decoder = create_decoder(listener, rate_hz, 1);
  if (!decoder) return std::unexpected(cannot_create());
  return decode_mono(decoder.get(), packets);
}

namespace {

/// Drops the pre-skip off what it is given and passes the rest on.
template <typename Sample, typename Sink>
class Player {
 public:
  Player(const OpusHead& head, const Sink& sink) : sink_(sink), channels_(head.channels), skip_(head.pre_skip) {
    report_.channels = head.channels;
  }

  void fill(PacketDecoder& decoder, std::int64_t lost) {
    if (lost > longest_fill - filled_) {
      report_.jumped_samples += lost;
      return;
    }
    filled_ += lost;
    report_.concealed_samples += lost;
    block_.clear();
    decoder.conceal(std::min(lost, longest_concealment), block_);
    while (lost > 0) {
      const std::int64_t step = std::min(lost, longest_concealment);
      give(step);
      lost -= step;
      std::ranges::fill(block_, Sample{});
    }
  }

  void play(PacketDecoder& decoder, const AudioPacket& packet) {
    block_.clear();
    if (!decoder.decode(packet.bytes, block_)) {
      ++report_.concealed_packets;
      report_.concealed_samples += packet.samples;
    }
    give(packet.keep);
  }

  DecodeReport finish(const ReadStats& container) {
    report_.container = container;
    return report_;
  }

 private:
  /// The first `keep` samples of the block, but for what is still to skip.
  void give(std::int64_t keep) {
    const std::int64_t skipped = std::min(skip_, keep);
    skip_ -= skipped;
    const std::int64_t rest = keep - skipped;
    if (rest == 0) return;
    report_.samples += rest;
    sink_(std::span<const Sample>(block_).subspan(static_cast<std::size_t>(skipped * channels_),
                                                  static_cast<std::size_t>(rest * channels_)));
  }

  const Sink& sink_;
  int channels_;
  std::int64_t skip_;
  std::int64_t filled_ = 0;
  std::vector<Sample> block_;
  DecodeReport report_;
};

template <typename Sample, typename Sink>
Result<DecodeReport> decode_to(OggOpusReader reader, const ListenerDecoder& listener, const Sink& sink) {
  auto decoder = PacketDecoder::create(listener, reader.head().channels, reader.head().output_gain_q8);
  if (!decoder) return std::unexpected(decoder.error());
  Player<Sample, Sink> player(reader.head(), sink);
  for (;;) {
    const auto next = reader.next();
    if (!next) return std::unexpected(next.error());
    const auto& packet = *next;
    if (!packet) return player.finish(reader.stats());
    if (packet->lost > 0) player.fill(*decoder, packet->lost);
    player.play(*decoder, *packet);
  }
}

}  // namespace

Result<DecodeReport> decode_stream(OggOpusReader reader, const ListenerDecoder& listener, const FloatSink& sink) {
  return decode_to<float>(std::move(reader), listener, sink);
}

Result<DecodeReport> decode_stream(OggOpusReader reader, const ListenerDecoder& listener, const Int16Sink& sink) {
  return decode_to<std::int16_t>(std::move(reader), listener, sink);
}

}  // namespace chasqui::opus
