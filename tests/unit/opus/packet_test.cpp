#include "opus/packet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace chasqui::opus {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes(std::initializer_list<int> head, std::size_t tail = 0) {
  Bytes packet(head.size() + tail, 0xaa);
  std::ranges::transform(head, packet.begin(), [](int value) { return static_cast<std::uint8_t>(value); });
  return packet;
}

TEST(Toc, KnowsAllConfigurations) {
  struct Row {
    int config;
    Mode mode;
    Bandwidth bandwidth;
    int samples;
  };
  // RFC 6716, table 2.
  const std::vector<Row> rows{
      {0, Mode::silk, Bandwidth::narrow, 480},       {1, Mode::silk, Bandwidth::narrow, 960},
      {2, Mode::silk, Bandwidth::narrow, 1920},      {3, Mode::silk, Bandwidth::narrow, 2880},
      {4, Mode::silk, Bandwidth::medium, 480},       {7, Mode::silk, Bandwidth::medium, 2880},
      {8, Mode::silk, Bandwidth::wide, 480},         {11, Mode::silk, Bandwidth::wide, 2880},
      {12, Mode::hybrid, Bandwidth::superwide, 480}, {13, Mode::hybrid, Bandwidth::superwide, 960},
      {14, Mode::hybrid, Bandwidth::full, 480},      {15, Mode::hybrid, Bandwidth::full, 960},
      {16, Mode::celt, Bandwidth::narrow, 120},      {17, Mode::celt, Bandwidth::narrow, 240},
      {19, Mode::celt, Bandwidth::narrow, 960},      {20, Mode::celt, Bandwidth::wide, 120},
      {23, Mode::celt, Bandwidth::wide, 960},        {24, Mode::celt, Bandwidth::superwide, 120},
      {27, Mode::celt, Bandwidth::superwide, 960},   {28, Mode::celt, Bandwidth::full, 120},
      {31, Mode::celt, Bandwidth::full, 960}};
  for (const auto& row : rows) {
    const Toc toc = parse_toc(static_cast<std::uint8_t>(row.config << 3 | 4 | 2));
    EXPECT_EQ(toc.config, row.config);
    EXPECT_EQ(toc.mode, row.mode) << row.config;
    EXPECT_EQ(toc.bandwidth, row.bandwidth) << row.config;
    EXPECT_EQ(toc.frame_samples, row.samples) << row.config;
    EXPECT_TRUE(toc.stereo);
    EXPECT_EQ(toc.code, 2);
  }
}

struct Valid {
  const char* what;
  Bytes packet;
  std::vector<std::size_t> sizes;
  std::size_t padding;
  int samples;
};

class ValidPacket : public testing::TestWithParam<Valid> {};

TEST_P(ValidPacket, ComesApart) {
  const auto& row = GetParam();
  const auto view = parse_packet(row.packet);
  ASSERT_TRUE(view) << view.error().message;
  std::vector<std::size_t> sizes;
  for (const auto& frame : view->frames) sizes.push_back(frame.size());
  EXPECT_EQ(sizes, row.sizes);
  EXPECT_EQ(view->padding_bytes, row.padding);
  EXPECT_EQ(view->samples(), row.samples);
  EXPECT_EQ(packet_samples(row.packet), row.samples);
}

constexpr int nb60 = 3 << 3;
constexpr int nb20 = 1 << 3;
constexpr int celt2_5 = 16 << 3;

INSTANTIATE_TEST_SUITE_P(
    Table, ValidPacket,
    testing::Values(Valid{"code 0", bytes({nb60}, 30), {30}, 0, 2880},
                    Valid{"code 0, DTX", bytes({nb60}), {0}, 0, 2880},
                    Valid{"code 0, largest", bytes({nb60}, 1275), {1275}, 0, 2880},
                    Valid{"code 1", bytes({nb60 | 1}, 60), {30, 30}, 0, 5760},
                    Valid{"code 1, empty", bytes({nb60 | 1}), {0, 0}, 0, 5760},
                    Valid{"code 2", bytes({nb60 | 2, 10}, 30), {10, 20}, 0, 5760},
                    Valid{"code 2, long length", bytes({nb60 | 2, 252, 1}, 260), {256, 4}, 0, 5760},
                    Valid{"code 2, last empty", bytes({nb60 | 2, 10}, 10), {10, 0}, 0, 5760},
                    Valid{"code 3, constant", bytes({nb20 | 3, 6}, 60), {10, 10, 10, 10, 10, 10}, 0, 5760},
                    Valid{"code 3, variable", bytes({nb20 | 3, 0x83, 1, 2}, 6), {1, 2, 3}, 0, 2880},
                    Valid{"code 3, padded", bytes({nb20 | 3, 0x42, 5}, 25), {10, 10}, 6, 1920},
                    Valid{"code 3, 255 is 254 and more", bytes({nb20 | 3, 0x41, 255, 0}, 254), {0}, 256, 960},
                    Valid{"code 3, 48 frames", bytes({celt2_5 | 3, 48}, 48), std::vector<std::size_t>(48, 1), 0, 5760}),
    [](const auto& tested) { return "Row" + std::to_string(tested.index); });

struct Invalid {
  const char* rule;
  Bytes packet;
};

class InvalidPacket : public testing::TestWithParam<Invalid> {};

TEST_P(InvalidPacket, NamesTheRule) {
  const auto view = parse_packet(GetParam().packet);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Errc::input_corrupt);
  EXPECT_THAT(view.error().message, testing::HasSubstr(GetParam().rule));
}

INSTANTIATE_TEST_SUITE_P(
    Table, InvalidPacket,
    testing::Values(Invalid{"R1", {}}, Invalid{"R2", bytes({nb60}, 1276)}, Invalid{"R3", bytes({nb60 | 1}, 61)},
                    Invalid{"R2", bytes({nb60 | 1}, 2552)}, Invalid{"R4", bytes({nb60 | 2})},
                    Invalid{"R4", bytes({nb60 | 2, 252})}, Invalid{"R4", bytes({nb60 | 2, 11}, 10)},
                    Invalid{"R2", bytes({nb60 | 2, 0}, 1276)}, Invalid{"R6, R7", bytes({nb20 | 3})},
                    Invalid{"R5", bytes({nb20 | 3, 0}, 10)}, Invalid{"R5", bytes({nb20 | 3, 7}, 70)},
                    Invalid{"R5", bytes({nb60 | 3, 3}, 30)}, Invalid{"R6", bytes({nb20 | 3, 2}, 11)},
                    Invalid{"R6", bytes({nb20 | 3, 0x42, 9}, 8)}, Invalid{"R6", bytes({nb20 | 3, 0x42, 255})},
                    Invalid{"R6", bytes({nb20 | 3, 0x42})}, Invalid{"R7", bytes({nb20 | 3, 0x83, 4})},
                    Invalid{"R7", bytes({nb20 | 3, 0x83, 4, 4}, 7)}, Invalid{"R2", bytes({nb20 | 3, 0x82, 1}, 1277)}),
    [](const auto& tested) { return "Row" + std::to_string(tested.index); });

TEST(PacketSamples, IsZeroWithoutAValidDuration) {
  EXPECT_EQ(packet_samples({}), 0);
  EXPECT_EQ(packet_samples(bytes({nb20 | 3})), 0);
  EXPECT_EQ(packet_samples(bytes({nb20 | 3, 0})), 0);
  EXPECT_EQ(packet_samples(bytes({nb60 | 3, 3})), 0);
}

}  // namespace
}  // namespace chasqui::opus
