#pragma once

#include "core/pcm.hpp"
#include "opus/encoder.hpp"
#include "opus/ogg_writer.hpp"

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

namespace chasqui::opus::test {

/// A made-up voice: a gliding pitch with harmonics under two moving resonances, in syllables with short pauses. Mono.
inline std::vector<std::int16_t> voice(std::size_t samples) {
  std::vector<std::int16_t> pcm(samples);
  double phase = 0;
  for (std::size_t n = 0; n < samples; ++n) {
    const double t = static_cast<double>(n) / core::sample_rate_hz;
    const double pitch_hz = 130 + 25 * std::sin(2 * std::numbers::pi * 0.7 * t);
    phase += pitch_hz / core::sample_rate_hz;
    const double first = 500 + 200 * std::sin(2 * std::numbers::pi * 1.3 * t);
    const double second = 1500 + 500 * std::sin(2 * std::numbers::pi * 0.9 * t);
    double value = 0;
    for (int harmonic = 1; harmonic <= 24; ++harmonic) {
      const double f = harmonic * pitch_hz;
      const double shape =
          std::exp(-std::pow((f - first) / 180, 2)) + 0.4 * std::exp(-std::pow((f - second) / 250, 2)) + 0.02;
      value += shape * std::sin(2 * std::numbers::pi * harmonic * phase);
    }
    const double syllable = std::pow(std::max(0.0, std::sin(2 * std::numbers::pi * 2.1 * t)), 0.5);
    pcm[n] = static_cast<std::int16_t>(std::lround(6000 * value * syllable));
  }
  return pcm;
}

/// `pcm` as one stream with one setting, the way the product lays it out: padded, encoded, joined.
inline std::vector<Packet> encode_whole(std::span<const std::int16_t> pcm, const EncoderSettings& settings) {
  const Timeline timeline =
      make_timeline(static_cast<std::int64_t>(pcm.size()), settings.frame_ms, encoder_lookahead());
  std::vector<std::int16_t> padded(pcm.begin(), pcm.end());
  padded.resize(static_cast<std::size_t>(timeline.encoded));
  return encode_segment({}, padded, settings);
}

/// A whole Ogg Opus file in memory.
inline std::vector<std::uint8_t> ogg_file(std::span<const Packet> packets, std::int64_t length,
                                          const Comments& comments = {"vendor", {"TITLE=Title"}}) {
  std::vector<std::uint8_t> file;
  OggOpusWriter writer({.pre_skip = encoder_lookahead(), .serial = 7, .comments = comments},
                       [&](std::span<const std::byte> bytes) {
                         const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
                         file.insert(file.end(), data, data + bytes.size());
                       });
  for (const auto& packet : packets) writer.write(packet);
  writer.finish(length);
  return file;
}

}  // namespace chasqui::opus::test
