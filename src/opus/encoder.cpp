#include "opus/encoder.hpp"

#include "core/pcm.hpp"
#include "core/stop.hpp"

#include <fmt/format.h>
#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <cmath>
#include <memory>
#include <utility>

namespace chasqui::opus {
namespace {

// From libopus' src/opus_private.h.
constexpr int set_force_mode_request = 11002;
constexpr std::array<opus_int32, 4> force_mode_values{OPUS_AUTO, 1000, 1001, 1002};

constexpr std::array<opus_int32, 5> bandwidth_values{OPUS_BANDWIDTH_NARROWBAND, OPUS_BANDWIDTH_MEDIUMBAND,
                                                     OPUS_BANDWIDTH_WIDEBAND, OPUS_BANDWIDTH_SUPERWIDEBAND,
                                                     OPUS_BANDWIDTH_FULLBAND};

void check(int status, const char* doing) {
  if (status < 0) throw Failure(Errc::internal, fmt::format("libopus cannot {}: {}", doing, opus_strerror(status)));
}

constexpr std::array<opus_int32, 3> signal_values{OPUS_SIGNAL_VOICE, OPUS_SIGNAL_MUSIC, OPUS_AUTO};

struct EncoderDeleter {
  void operator()(OpusEncoder* encoder) const noexcept { opus_encoder_destroy(encoder); }
};
using EncoderHandle = std::unique_ptr<OpusEncoder, EncoderDeleter>;

struct RepacketizerDeleter {
  void operator()(OpusRepacketizer* repacketizer) const noexcept { opus_repacketizer_destroy(repacketizer); }
};
using RepacketizerHandle = std::unique_ptr<OpusRepacketizer, RepacketizerDeleter>;

EncoderHandle create_encoder(int application, int rate_hz) {
  int status = OPUS_OK;
  EncoderHandle encoder(opus_encoder_create(rate_hz, 1, application, &status));
  if (status == OPUS_BAD_ARG) return nullptr;  // no such application in this version
  check(status, "create an encoder");
  return encoder;
}

/// An encoder and the rate at which it wants the sound.
struct Encoder {
  EncoderHandle handle;
  int rate_hz = core::sample_rate_hz;
};

/// On 16 podcasts at 7.4 kb/s narrowband and 13.5 kb/s wideband, the application that is restricted to SILK (libopus
/// 1.6) was ahead of VOIP by .005-.014 MOS (PESQ-WB) and .002 of ESTOI per byte, because it leaves out a high-pass; and
/// 1.3 times as fast, at 16 kHz 1.5 times, because it leaves out the analysis that chooses the mode. VOIP and AUDIO are
/// equal within 0.03 MOS. All have the same lookahead.
Encoder create_encoder(const EncoderSettings& settings) {
#ifdef OPUS_APPLICATION_RESTRICTED_SILK
  if (settings.mode == Mode::silk) {
    constexpr int silk_rate_hz = 16'000;
    if (auto encoder = create_encoder(OPUS_APPLICATION_RESTRICTED_SILK, silk_rate_hz))
      return {std::move(encoder), silk_rate_hz};
  }
#endif
  return {create_encoder(settings.signal == Signal::voice ? OPUS_APPLICATION_VOIP : OPUS_APPLICATION_AUDIO,
                         core::sample_rate_hz)};
}

bool exists(Mode mode, Bandwidth bandwidth) {
  switch (mode) {
    case Mode::silk:
      return bandwidth <= Bandwidth::wide;
    case Mode::hybrid:
      return bandwidth >= Bandwidth::superwide;
    case Mode::celt:
      return bandwidth != Bandwidth::medium;
    case Mode::automatic:
      return true;
  }
  return false;
}

int frame_samples(int frame_ms) {
  if (frame_ms != 20 && frame_ms != 40 && frame_ms != 60)
    throw Failure(Errc::usage, fmt::format("no Opus frame of {} ms here; take 20, 40 or 60", frame_ms));
  return frame_ms * core::sample_rate_hz / 1000;
}

void set_bitrate(OpusEncoder* encoder, double kbps) {
  check(opus_encoder_ctl(encoder, OPUS_SET_BITRATE(static_cast<opus_int32>(std::lround(kbps * 1000)))),
        "set the bitrate");
}

void configure(OpusEncoder* encoder, const EncoderSettings& settings) {
  if (!exists(settings.mode, settings.bandwidth))
    throw Failure(Errc::usage, fmt::format("Opus has no {} {}", name(settings.mode), name(settings.bandwidth)));
  const auto set = [&](int request, opus_int32 value, const char* doing) {
    check(opus_encoder_ctl(encoder, request, value), doing);
  };
  set_bitrate(encoder, settings.bitrate_kbps);
  set(OPUS_SET_BANDWIDTH_REQUEST, bandwidth_values[static_cast<std::size_t>(settings.bandwidth)], "set the bandwidth");
  set(OPUS_SET_VBR_REQUEST, settings.constant_bitrate ? 0 : 1, "set variable bitrate");
  set(OPUS_SET_VBR_CONSTRAINT_REQUEST, settings.constrained_vbr ? 1 : 0, "constrain variable bitrate");
  set(OPUS_SET_COMPLEXITY_REQUEST, settings.complexity, "set the complexity");
  set(OPUS_SET_DTX_REQUEST, settings.dtx ? 1 : 0, "set DTX");
  set(OPUS_SET_SIGNAL_REQUEST, signal_values[static_cast<std::size_t>(settings.signal)], "set the signal type");
  set(OPUS_SET_LSB_DEPTH_REQUEST, 16, "set the depth");
  set(OPUS_SET_PHASE_INVERSION_DISABLED_REQUEST, 1, "disable phase inversion");
  set(OPUS_SET_PACKET_LOSS_PERC_REQUEST, 0, "set the packet loss");
  if (settings.mode == Mode::automatic) return;
  if (opus_encoder_ctl(encoder, set_force_mode_request, force_mode_values[static_cast<std::size_t>(settings.mode)]) !=
      OPUS_OK)
    throw Failure(Errc::unavailable, "this libopus cannot force a coding mode; use the automatic mode");
}

std::vector<std::uint8_t> encode_frame(OpusEncoder* encoder, std::span<const float> pcm) {
  std::array<std::uint8_t, 3 * 1276> buffer;  // 60 ms are at most three frames
  const opus_int32 size = opus_encode_float(encoder, pcm.data(), static_cast<int>(pcm.size()), buffer.data(),
                                            static_cast<opus_int32>(buffer.size()));
  check(size, "encode");
  return {buffer.begin(), buffer.begin() + size};
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
  opus_int32 lookahead = 0;
  check(opus_encoder_ctl(create_encoder(OPUS_APPLICATION_VOIP, core::sample_rate_hz).get(),
                         OPUS_GET_LOOKAHEAD(&lookahead)),
        "tell its lookahead");
  return lookahead;
}

SegmentPackets encode_with_priming(const EncoderInput& input, const EncoderSettings& settings, Onset onset,
                                   std::span<const float> kbps, const std::stop_token& stop) {
  constexpr std::size_t shortest_frame = 960;
  const auto frame = static_cast<std::size_t>(frame_samples(settings.frame_ms));
  if (!kbps.empty() && kbps.size() < (input.samples() + core::packet_grid - 1) / core::packet_grid)
    throw Failure(Errc::internal, "a course of bitrates must last as long as the sound");
  if (input.samples() % frame != 0 || input.priming_samples() % shortest_frame != 0)
    throw Failure(Errc::internal, fmt::format("{} + {} samples are not whole frames of {} ms", input.priming_samples(),
                                              input.samples(), settings.frame_ms));
  const auto [encoder, rate_hz] = create_encoder(settings);
  configure(encoder.get(), settings);
  const auto at_rate = [rate = static_cast<std::size_t>(rate_hz)](std::size_t samples) {
    return samples * rate / core::sample_rate_hz;
  };
  const std::size_t full_effort = static_cast<std::size_t>(priming_samples) / frame;
  std::size_t primed = input.priming_samples() / frame;
  if (settings.mode == Mode::celt) primed = std::min(primed, full_effort);  // it learns nothing of the background
  const auto sound = input.at(rate_hz).subspan(at_rate(input.priming_samples() - primed * frame));
  const std::size_t step = at_rate(frame);
  const std::size_t frames = primed + input.samples() / frame;
  const auto predict = [&](bool on) {
    check(opus_encoder_ctl(encoder.get(), OPUS_SET_PREDICTION_DISABLED(on ? 0 : 1)), "set prediction");
  };
  const auto effort = [&](int complexity) {
    check(opus_encoder_ctl(encoder.get(), OPUS_SET_COMPLEXITY(complexity)), "set the complexity");
  };
  SegmentPackets segment;
  segment.packets.reserve(frames - primed);
  for (std::size_t i = 0; i < frames; ++i) {
    core::throw_if_stopped(stop);
    if (onset == Onset::fresh && i == primed) predict(false);
    if (onset == Onset::fresh && i == primed + 1) predict(true);
    // Far ahead of the segment only what is learnt of the background matters, for which the cheapest search will do.
    if (i == 0 && primed > full_effort) effort(0);
    if (primed > full_effort && i == primed - full_effort) effort(settings.complexity);
    const std::size_t position = i < primed ? 0 : (i - primed) * frame;
    if (!kbps.empty() && position % core::packet_grid == 0)
      set_bitrate(encoder.get(), static_cast<double>(kbps[position / core::packet_grid]));
    Packet packet{encode_frame(encoder.get(), sound.subspan(i * step, step)), static_cast<int>(frame)};
    if (i >= primed) require_mode(packet, settings.mode);
    (i < primed ? segment.priming : segment.packets).push_back(std::move(packet));
  }
  return segment;
}

std::vector<Packet> encode_segment(std::span<const std::int16_t> priming, std::span<const std::int16_t> pcm,
                                   const EncoderSettings& settings, Onset onset, const std::stop_token& stop) {
  return encode_with_priming({priming, pcm}, settings, onset, {}, stop).packets;
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

Timeline make_timeline(std::int64_t length, int frame_ms, int pre_skip) {
  const std::int64_t frame = frame_samples(frame_ms);
  if (length < 0 || pre_skip < 0) throw Failure(Errc::internal, "a stream cannot have a negative length or pre-skip");
  Timeline timeline{.length = length, .pre_skip = pre_skip};
  timeline.frames = std::max<std::int64_t>((length + pre_skip + frame - 1) / frame, 1);
  timeline.encoded = timeline.frames * frame;
  timeline.zeros = timeline.encoded - length;
  timeline.end_trim = timeline.encoded - pre_skip - length;
  return timeline;
}

}  // namespace chasqui::opus
