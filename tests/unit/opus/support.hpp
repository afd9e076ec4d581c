#pragma once

#include "core/pcm.hpp"
#include "opus/encoder.hpp"
#include "opus/ogg_writer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace chasqui::opus::test {

/// A made-up voice: a gliding pitch with harmonics under two moving resonances, in syllables with short pauses. Mono.
inline std::vector<std::int16_t> voice(std::size_t samples) {
  constexpr std::size_t harmonics = 24;
  constexpr double turn = 2 * std::numbers::pi;
  std::vector<std::int16_t> pcm(samples);
  std::array<double, harmonics> level{};
  double pitch_hz = 0;
  double syllable = 0;
  double phase = 0;
  for (std::size_t n = 0; n < samples; ++n) {
    if (n % 240 == 0) {
      const double t = static_cast<double>(n) / core::sample_rate_hz;
      pitch_hz = 130 + 25 * std::sin(turn * 0.7 * t);
      syllable = std::sqrt(std::max(0.0, std::sin(turn * 2.1 * t)));
      const double first = 500 + 200 * std::sin(turn * 1.3 * t);
      const double second = 1500 + 500 * std::sin(turn * 0.9 * t);
      for (std::size_t i = 0; i < harmonics; ++i) {
        const double f = static_cast<double>(i + 1) * pitch_hz;
        level[i] = std::exp(-std::pow((f - first) / 180, 2)) + 0.4 * std::exp(-std::pow((f - second) / 250, 2)) + 0.02;
      }
    }
    phase += turn * pitch_hz / core::sample_rate_hz;
    // sin((i + 1) phase) by the recurrence of Chebyshev.
    double before = 0;
    double now = std::sin(phase);
    const double twice = 2 * std::cos(phase);
    double value = 0;
    for (const double weight : level) {
      value += weight * now;
      before = std::exchange(now, twice * now - before);
    }
    pcm[n] = static_cast<std::int16_t>(std::lround(6000 * value * syllable));
  }
  return pcm;
}

/// `pcm` as one stream with one setting, the way the product lays it out: padded, encoded, joined.
inline std::vector<Packet> encode_whole(std::span<const std::int16_t> pcm, const EncoderSettings& settings) {
  const auto frame = static_cast<std::size_t>(settings.frame_ms) * core::sample_rate_hz / 1000;
  const std::size_t heard = pcm.size() + static_cast<std::size_t>(encoder_lookahead());
  std::vector<std::int16_t> padded(pcm.begin(), pcm.end());
  padded.resize(std::max<std::size_t>((heard + frame - 1) / frame, 1) * frame);
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
