#include "opus/encoder.hpp"

#include "core/pcm.hpp"
#include "core/stop.hpp"

#include <fmt/format.h>
#include <opus/opus.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <memory>
#include <utility>

namespace chasqui::opus {
namespace {

void check(int status, const char* doing) {
  if (status < 0) throw Failure(Errc::internal, fmt::format("libopus cannot {}: {}", doing, opus_strerror(status)));
}

struct RepacketizerDeleter {
  void operator()(OpusRepacketizer* repacketizer) const noexcept { opus_repacketizer_destroy(repacketizer); }
};
using RepacketizerHandle = std::unique_ptr<OpusRepacketizer, RepacketizerDeleter>;

int frame_samples(int frame_ms) {
  if (frame_ms != 20 && frame_ms != 40 && frame_ms != 60)
    throw Failure(Errc::usage, fmt::format("no Opus frame of {} ms here; take 20, 40 or 60", frame_ms));
  return frame_ms * core::sample_rate_hz / 1000;
}

void require_mode(const Packet& packet, Mode asked) {
  const Mode mode = parse_toc(packet.bytes[0]).mode;
  if (asked != Mode::automatic && mode != asked)
    throw Failure(
        Errc::unavailable,
        fmt::format("this libopus encodes {} where {} is asked for; use the automatic mode", name(mode), name(asked)));
}

}  // namespace

std::string library_version() {
  return opus_get_version_string();
}

int encoder_lookahead() {
  static const int samples = EncoderState({}).lookahead();
  return samples;
}

SegmentPackets encode_with_priming(const EncoderInput& input, const WarmEncoders& encoders,
                                   const EncoderSettings& settings, Onset onset, std::span<const float> kbps,
                                   const std::stop_token& stop) {
  constexpr std::size_t shortest_frame = 960;
  const auto frame = static_cast<std::size_t>(frame_samples(settings.frame_ms));
  if (!kbps.empty() && kbps.size() < (input.samples() + core::packet_grid - 1) / core::packet_grid)
    throw Failure(Errc::internal, "a course of bitrates must last as long as the sound");
  if (input.samples() % frame != 0 || input.priming_samples() % shortest_frame != 0)
    throw Failure(Errc::internal, fmt::format("{} + {} samples are not whole frames of {} ms", input.priming_samples(),
                                              input.samples(), settings.frame_ms));
  EncoderState encoder = encoders.begin(settings);
  const auto at_rate = [rate = static_cast<std::size_t>(encoder.rate_hz())](std::size_t samples) {
    return samples * rate / core::sample_rate_hz;
  };
  const std::size_t full_effort = static_cast<std::size_t>(priming_samples) / frame;
  std::size_t primed = input.priming_samples() / frame;
  if (settings.mode == Mode::celt) primed = std::min(primed, full_effort);  // it learns nothing of the background
  const auto sound = input.at(encoder.rate_hz()).subspan(at_rate(input.priming_samples() - primed * frame));
  const std::size_t step = at_rate(frame);
  const std::size_t frames = primed + input.samples() / frame;
  // Where nothing comes before, a decoder knows nothing of what the encoder has heard.
  const bool alone = onset == Onset::fresh || primed == 0;
  SegmentPackets segment;
  segment.packets.reserve(frames - primed);
  for (std::size_t i = 0; i < frames; ++i) {
    core::throw_if_stopped(stop);
    if (alone && i == primed) encoder.set_prediction(false);
    if (alone && i == primed + 1) encoder.set_prediction(true);
    // Far ahead of the segment only what is learnt of the background matters, for which the cheapest search will do.
    if (i == 0 && primed > full_effort) encoder.set_complexity(0);
    if (primed > full_effort && i == primed - full_effort) encoder.set_complexity(settings.complexity);
    const std::size_t position = i < primed ? 0 : (i - primed) * frame;
    if (!kbps.empty() && position % core::packet_grid == 0)
      encoder.set_bitrate(static_cast<double>(kbps[position / core::packet_grid]));
    Packet packet{encoder.encode(sound.subspan(i * step, step)), static_cast<int>(frame)};
    if (i >= primed) require_mode(packet, settings.mode);
    (i < primed ? segment.priming : segment.packets).push_back(std::move(packet));
  }
  return segment;
}

std::vector<Packet> encode_segment(std::span<const std::int16_t> priming, std::span<const std::int16_t> pcm,
                                   const EncoderSettings& settings, Onset onset, const std::stop_token& stop) {
  return encode_with_priming({priming, pcm}, WarmEncoders(), settings, onset, {}, stop).packets;
}

std::vector<Packet> join_packets(std::span<const Packet> packets) {
  const RepacketizerHandle repacketizer(opus_repacketizer_create());
  if (!repacketizer) throw Failure(Errc::internal, "libopus cannot create a repacketizer");
  std::vector<Packet> joined;
  std::size_t at = 0;
  while (at < packets.size()) {
    opus_repacketizer_init(repacketizer.get());
    int samples = 0;
    std::size_t bytes = 0;
    const int config = packets[at].bytes.empty() ? -1 : packets[at].bytes[0] >> 2;
    while (at < packets.size() && !packets[at].bytes.empty() && packets[at].bytes[0] >> 2 == config &&
           samples + packets[at].samples <= core::packet_grid) {
      const auto& packet = packets[at];
      check(
          opus_repacketizer_cat(repacketizer.get(), packet.bytes.data(), static_cast<opus_int32>(packet.bytes.size())),
          "join packets");
      samples += packet.samples;
      bytes += packet.bytes.size() + 2;
      ++at;
    }
    if (samples == 0) throw Failure(Errc::internal, "a packet that is empty or longer than 120 ms cannot be joined");
    Packet whole{std::vector<std::uint8_t>(bytes + 2), samples};
    const opus_int32 size =
        opus_repacketizer_out(repacketizer.get(), whole.bytes.data(), static_cast<opus_int32>(whole.bytes.size()));
    check(size, "join packets");
    whole.bytes.resize(static_cast<std::size_t>(size));
    joined.push_back(std::move(whole));
  }
  return joined;
}

}  // namespace chasqui::opus
