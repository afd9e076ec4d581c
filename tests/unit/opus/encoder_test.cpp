#include "opus/encoder.hpp"

#include "unit/opus/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chasqui/error.hpp>

namespace chasqui::opus {
namespace {

TEST(Encoder, MakesPacketsAsAsked) {
  const auto pcm = test::voice(5760 * 8);
  struct Row {
    EncoderSettings settings;
    Mode mode;
    int frame_samples;
  };
  const std::vector<Row> rows{
      {{.bitrate_kbps = 7, .bandwidth = Bandwidth::narrow, .mode = Mode::silk, .frame_ms = 60}, Mode::silk, 2880},
      {{.bitrate_kbps = 9, .bandwidth = Bandwidth::medium, .mode = Mode::silk, .frame_ms = 40}, Mode::silk, 1920},
      {{.bitrate_kbps = 12, .bandwidth = Bandwidth::wide, .mode = Mode::silk, .frame_ms = 20}, Mode::silk, 960},
      {{.bitrate_kbps = 20, .bandwidth = Bandwidth::superwide, .mode = Mode::hybrid, .frame_ms = 60},
       Mode::hybrid,
       960},
      {{.bitrate_kbps = 24, .bandwidth = Bandwidth::full, .mode = Mode::hybrid, .frame_ms = 20}, Mode::hybrid, 960},
      {{.bitrate_kbps = 12,
        .bandwidth = Bandwidth::narrow,
        .mode = Mode::celt,
        .frame_ms = 60,
        .signal = Signal::music},
       Mode::celt,
       960},
      {{.bitrate_kbps = 16, .bandwidth = Bandwidth::wide, .mode = Mode::celt, .frame_ms = 40, .signal = Signal::music},
       Mode::celt,
       960},
      {{.bitrate_kbps = 48, .bandwidth = Bandwidth::full, .mode = Mode::celt, .frame_ms = 20, .signal = Signal::music},
       Mode::celt,
       960},
      {{.bitrate_kbps = 8, .frame_ms = 60, .complexity = 0, .constrained_vbr = true}, Mode::silk, 2880}};
  for (const auto& row : rows) {
    const auto packets =
        encode_segment(std::span(pcm).first(8640), std::span(pcm).subspan(8640, 5760 * 6), row.settings);
    ASSERT_EQ(packets.size(), static_cast<std::size_t>(5760 * 6 / (row.settings.frame_ms * 48)));
    std::size_t total = 0;
    for (const auto& packet : packets) {
      const auto view = parse_packet(packet.bytes);
      ASSERT_TRUE(view);
      EXPECT_EQ(view->toc.mode, row.mode);
      EXPECT_EQ(view->toc.bandwidth, row.settings.bandwidth);
      EXPECT_EQ(view->toc.frame_samples, row.frame_samples);
      EXPECT_FALSE(view->toc.stereo);
      EXPECT_EQ(view->samples(), packet.samples);
      total += packet.bytes.size();
    }
    EXPECT_EQ(encode_segment(std::span(pcm).first(8640), std::span(pcm).subspan(8640, 5760 * 6), row.settings),
              packets);
    const double kbps = static_cast<double>(total) * 8 / (0.12 * 6) / 1000;
    // Over 0.7 s a variable rate may stay well below its aim on an easy sound, and above on a tonal one.
    EXPECT_GT(kbps, row.settings.bitrate_kbps * 0.35);
    EXPECT_LT(kbps, row.settings.bitrate_kbps * 1.7);
  }
}

TEST(Encoder, ConstantBitrateIsConstant) {
  const auto pcm = test::voice(2880 * 30);
  for (const int frame_ms : {20, 40, 60}) {
    const auto packets = encode_segment({}, pcm, {.bitrate_kbps = 8, .frame_ms = frame_ms, .constant_bitrate = true});
    for (const auto& packet : packets) EXPECT_EQ(packet.bytes.size(), static_cast<std::size_t>(frame_ms));
  }
}

TEST(Encoder, RefusesWhatDoesNotExist) {
  const std::vector<std::int16_t> pcm(5760);
  const auto code = [&](const EncoderSettings& settings) {
    try {
      encode_segment({}, pcm, settings);
    } catch (const Failure& failure) {
      return failure.code();
    }
    return Errc::cancelled;
  };
  EXPECT_EQ(code({.bandwidth = Bandwidth::full, .mode = Mode::silk}), Errc::usage);
  EXPECT_EQ(code({.bandwidth = Bandwidth::wide, .mode = Mode::hybrid}), Errc::usage);
  EXPECT_EQ(code({.bandwidth = Bandwidth::medium, .mode = Mode::celt}), Errc::usage);
  EXPECT_EQ(code({.frame_ms = 30}), Errc::usage);
  EXPECT_EQ(code({.complexity = 11}), Errc::internal);
  EXPECT_THROW(encode_segment({}, std::span(pcm).first(2881), {}), Failure);
  EXPECT_THROW(encode_segment(std::span(pcm).first(100), pcm, {}), Failure);
}

std::vector<std::vector<std::uint8_t>> frames_of(std::span<const Packet> packets) {
  std::vector<std::vector<std::uint8_t>> frames;
  for (const auto& packet : packets) {
    const auto view = parse_packet(packet.bytes);
    for (const auto& frame : view.value().frames) frames.emplace_back(frame.begin(), frame.end());
  }
  return frames;
}

TEST(JoinPackets, KeepsEveryFrameAndTheGrid) {
  const auto pcm = test::voice(5760 * 11);
  for (const int frame_ms : {20, 40, 60}) {
    const int frame = frame_ms * 48;
    const auto packets = encode_segment({}, std::span(pcm).first(static_cast<std::size_t>(5760 * 10 + frame)),
                                        {.bitrate_kbps = 8, .frame_ms = frame_ms});
    const auto joined = join_packets(packets);
    EXPECT_EQ(joined.size(), 11U);
    for (const auto& packet : joined) {
      EXPECT_EQ(packet.samples, &packet == &joined.back() ? frame : 5760);
      EXPECT_EQ(packet_samples(packet.bytes), packet.samples);
    }
    EXPECT_EQ(frames_of(joined), frames_of(packets));
  }
}

TEST(JoinPackets, DoesNotMixConfigurations) {
  const auto pcm = test::voice(5760);
  const std::span all(pcm);
  auto packets = encode_segment({}, all.first(2880), {.bitrate_kbps = 8, .bandwidth = Bandwidth::narrow});
  const auto wide = encode_segment({}, all.subspan(2880), {.bitrate_kbps = 12, .bandwidth = Bandwidth::wide});
  packets.insert(packets.end(), wide.begin(), wide.end());
  EXPECT_EQ(join_packets(packets), packets);
  EXPECT_TRUE(join_packets({}).empty());
  EXPECT_THROW(join_packets(std::vector<Packet>{{{}, 2880}}), Failure);
}

TEST(JoinPackets, TakesSilentPackets) {
  const std::vector<std::int16_t> silence(48'000 * 3);
  const auto packets = encode_segment({}, silence, {.bitrate_kbps = 8, .dtx = true});
  EXPECT_TRUE(std::ranges::any_of(packets, [](const Packet& packet) { return packet.bytes.size() <= 2; }));
  std::int64_t total = 0;
  for (const auto& packet : join_packets(packets)) {
    ASSERT_TRUE(parse_packet(packet.bytes));
    total += packet.samples;
  }
  EXPECT_EQ(total, 48'000 * 3);
}

}  // namespace
}  // namespace chasqui::opus
