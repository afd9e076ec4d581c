#include "opus/encoder_state.hpp"

#include "core/pcm.hpp"

#include <fmt/format.h>
#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <cmath>

namespace chasqui::opus {
namespace {

// From libopus' src/opus_private.h.
constexpr int set_force_mode_request = 11002;
constexpr std::array<opus_int32, 4> force_mode_values{OPUS_AUTO, 1000, 1001, 1002};

constexpr std::array<opus_int32, 5> bandwidth_values{OPUS_BANDWIDTH_NARROWBAND, OPUS_BANDWIDTH_MEDIUMBAND,
                                                     OPUS_BANDWIDTH_WIDEBAND, OPUS_BANDWIDTH_SUPERWIDEBAND,
                                                     OPUS_BANDWIDTH_FULLBAND};
constexpr std::array<opus_int32, 3> signal_values{OPUS_SIGNAL_VOICE, OPUS_SIGNAL_MUSIC, OPUS_AUTO};

int check(int status, const char* doing) {
  if (status < 0) throw Failure(Errc::internal, fmt::format("libopus cannot {}: {}", doing, opus_strerror(status)));
  return status;
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

int application_for(Signal signal) noexcept {
  return signal == Signal::voice ? OPUS_APPLICATION_VOIP : OPUS_APPLICATION_AUDIO;
}

}  // namespace

/// On 16 podcasts at 7.4 kb/s narrowband and 13.5 kb/s wideband, the application that is restricted to SILK (libopus
/// 1.6) was ahead of VOIP by .005-.014 MOS (PESQ-WB) and .002 of ESTOI per byte, because it leaves out a high-pass; and
/// 1.3 times as fast, at 16 kHz 1.5 times, because it leaves out the analysis that chooses the mode. VOIP and AUDIO are
/// equal within 0.03 MOS. All have the same lookahead.
EncoderState::EncoderState(const EncoderSettings& settings) {
  // Enough for every application, which is what a copy has to know (opus.h).
  size_ = static_cast<std::size_t>(opus_encoder_get_size(1));
  memory_ = std::make_unique_for_overwrite<std::byte[]>(size_);
  bool begun = false;
#ifdef OPUS_APPLICATION_RESTRICTED_SILK
  constexpr int silk_rate_hz = 16'000;
  begun = settings.mode == Mode::silk && begin(OPUS_APPLICATION_RESTRICTED_SILK, silk_rate_hz);
#endif
  if (!begun) begin(application_for(settings.signal), core::sample_rate_hz);
  configure(settings);
}

EncoderState::EncoderState(const EncoderState& other)
    : rate_hz_(other.rate_hz_), size_(other.size_), memory_(std::make_unique_for_overwrite<std::byte[]>(size_)) {
  std::copy_n(other.memory_.get(), size_, memory_.get());
}

bool EncoderState::begin(int application, int rate_hz) {
  rate_hz_ = rate_hz;
  const int status = opus_encoder_init(encoder(), rate_hz, 1, application);
  if (status == OPUS_BAD_ARG) return false;  // no such application in this version
  check(status, "create an encoder");
  return true;
}

OpusEncoder* EncoderState::encoder() noexcept {
  return reinterpret_cast<OpusEncoder*>(memory_.get());
}

void EncoderState::set(int request, int value, const char* doing) {
  check(opus_encoder_ctl(encoder(), request, opus_int32{value}), doing);
}

void EncoderState::set_bitrate(double kbps) {
  set(OPUS_SET_BITRATE_REQUEST, static_cast<opus_int32>(std::lround(kbps * 1000)), "set the bitrate");
}

void EncoderState::set_complexity(int complexity) {
  set(OPUS_SET_COMPLEXITY_REQUEST, complexity, "set the complexity");
}

void EncoderState::set_prediction(bool on) {
  set(OPUS_SET_PREDICTION_DISABLED_REQUEST, on ? 0 : 1, "set prediction");
}

void EncoderState::configure(const EncoderSettings& settings) {
  if (!exists(settings.mode, settings.bandwidth))
    throw Failure(Errc::usage, fmt::format("Opus has no {} {}", name(settings.mode), name(settings.bandwidth)));
  set_bitrate(settings.bitrate_kbps);
  set(OPUS_SET_BANDWIDTH_REQUEST, bandwidth_values[static_cast<std::size_t>(settings.bandwidth)], "set the bandwidth");
  set(OPUS_SET_VBR_REQUEST, settings.constant_bitrate ? 0 : 1, "set variable bitrate");
  set(OPUS_SET_VBR_CONSTRAINT_REQUEST, settings.constrained_vbr ? 1 : 0, "constrain variable bitrate");
  set_complexity(settings.complexity);
  set(OPUS_SET_DTX_REQUEST, settings.dtx ? 1 : 0, "set DTX");
  set(OPUS_SET_SIGNAL_REQUEST, signal_values[static_cast<std::size_t>(settings.signal)], "set the signal type");
  set(OPUS_SET_LSB_DEPTH_REQUEST, 16, "set the depth");
  set(OPUS_SET_PHASE_INVERSION_DISABLED_REQUEST, 1, "disable phase inversion");
  set(OPUS_SET_PACKET_LOSS_PERC_REQUEST, 0, "set the packet loss");
  if (settings.mode == Mode::automatic) return;
  if (opus_encoder_ctl(encoder(), set_force_mode_request, force_mode_values[static_cast<std::size_t>(settings.mode)]) !=
      OPUS_OK)
    throw Failure(Errc::unavailable, "this libopus cannot force a coding mode; use the automatic mode");
}

int EncoderState::lookahead() {
  opus_int32 samples = 0;
  check(opus_encoder_ctl(encoder(), OPUS_GET_LOOKAHEAD(&samples)), "tell its lookahead");
  return samples * (core::sample_rate_hz / rate_hz_);
}

std::vector<std::uint8_t> EncoderState::encode(std::span<const float> frame) {
  std::array<std::uint8_t, 3 * 1276> buffer;  // 60 ms are at most three frames
  const opus_int32 size = check(opus_encode_float(encoder(), frame.data(), static_cast<int>(frame.size()),
                                                  buffer.data(), static_cast<opus_int32>(buffer.size())),
                                "encode");
  return {buffer.begin(), buffer.begin() + size};
}

}  // namespace chasqui::opus
