#include "opus/warm_encoders.hpp"

#include "unit/opus/support.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace chasqui::opus {
namespace {

/// A voice over a steady noise.
std::vector<std::int16_t> voice_in_noise(std::size_t samples) {
  auto pcm = test::voice(samples);
  std::mt19937 random(7);
  std::normal_distribution<double> noise(0, 1'000);
  for (auto& sample : pcm) sample = static_cast<std::int16_t>(sample + std::lround(noise(random)));
  return pcm;
}

std::int64_t bytes_of(std::span<const Packet> packets) {
  std::int64_t bytes = 0;
  for (const auto& packet : packets) bytes += static_cast<std::int64_t>(packet.bytes.size());
  return bytes;
}

constexpr std::size_t frame = 2'880;

TEST(WarmEncoders, GoOnAsOneThatHasHeardAll) {
  constexpr std::size_t segment = frame * 80;
  const auto pcm = voice_in_noise(WarmEncoders::longest_sample + 4 * segment);
  const auto priming = std::span(pcm).subspan(pcm.size() - segment - priming_samples, priming_samples);
  const auto sound = std::span(pcm).last(segment);
  for (const auto& settings : {EncoderSettings{.bitrate_kbps = 8, .mode = Mode::silk},
                               EncoderSettings{.bitrate_kbps = 12, .bandwidth = Bandwidth::wide, .mode = Mode::silk}}) {
    SCOPED_TRACE(name(settings.bandwidth));
    const auto whole = encode_segment({}, pcm, settings);
    const auto running = bytes_of(std::span(whole).last(segment / frame));
    const auto begun = [&](const WarmEncoders& encoders) {
      return bytes_of(encode_with_priming({priming, sound}, encoders, settings).packets);
    };
    const auto fresh = begun(WarmEncoders());
    const auto warm = begun(WarmEncoders(pcm));
    EXPECT_LT(2 * std::abs(warm - running), std::abs(fresh - running))
        << "running " << running << ", fresh " << fresh << ", warm " << warm << " bytes";
    EXPECT_LT(std::abs(begun(WarmEncoders({pcm.begin(), pcm.begin() + segment})) - running), std::abs(fresh - running))
        << "a short sample is repeated";
  }
}

TEST(WarmEncoders, AreCopies) {
  const auto pcm = test::voice(frame * 100);
  const WarmEncoders encoders(pcm);
  for (const Mode mode : {Mode::silk, Mode::celt, Mode::automatic}) {
    SCOPED_TRACE(name(mode));
    const EncoderSettings settings{.bitrate_kbps = 14, .bandwidth = Bandwidth::wide, .mode = mode};
    const auto first = encode_with_priming({{}, pcm}, encoders, settings).packets;
    auto other = settings;
    other.bitrate_kbps = 9;
    EXPECT_LT(bytes_of(encode_with_priming({{}, pcm}, encoders, other).packets), bytes_of(first));
    const auto again = encode_with_priming({{}, pcm}, encoders, settings).packets;
    EXPECT_TRUE(std::ranges::equal(first, again, {}, &Packet::bytes, &Packet::bytes));
  }
}

TEST(WarmEncoders, RelyOnNothingThatTheDecoderHasNotHeard) {
  const auto pcm = test::voice(frame * 40);
  const auto sound = std::span(pcm).subspan(frame * 2, frame * 10);  // begins within a syllable
  const WarmEncoders encoders({pcm.begin(), pcm.begin() + frame * 2});
  const EncoderSettings settings{.bitrate_kbps = 12, .bandwidth = Bandwidth::wide, .mode = Mode::silk};
  const auto first = encode_with_priming({{}, sound}, encoders, settings, Onset::continuing).packets;
  const auto fresh = encode_with_priming({{}, sound}, encoders, settings, Onset::fresh).packets;
  EXPECT_TRUE(std::ranges::equal(first, fresh, {}, &Packet::bytes, &Packet::bytes));
}

TEST(WarmEncoders, BeginFreshWithoutASample) {
  const auto pcm = test::voice(frame * 20);
  const EncoderSettings settings{.bitrate_kbps = 12, .bandwidth = Bandwidth::wide, .mode = Mode::silk};
  const auto fresh = encode_segment({}, pcm, settings);
  const WarmEncoders encoders({pcm.begin(), pcm.begin() + frame - 1});
  const auto begun = encode_with_priming({{}, pcm}, encoders, settings).packets;
  EXPECT_TRUE(std::ranges::equal(fresh, begun, {}, &Packet::bytes, &Packet::bytes));
}

}  // namespace
}  // namespace chasqui::opus
