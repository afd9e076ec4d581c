#include "compress/fixed_plan.hpp"

#include <gtest/gtest.h>

#include <array>

namespace chasqui::compress {
namespace {

using audio::SegmentClass;
using opus::Bandwidth;
using opus::Mode;
using opus::Signal;

constexpr std::array kinds{SegmentClass::speech, SegmentClass::music, SegmentClass::mixed, SegmentClass::silence};

std::vector<opus::EncoderSettings> plan_for(double bitrate_kbps, bool constant_bitrate = false) {
  std::vector<audio::Segment> segments(kinds.size());
  for (std::size_t i = 0; i < kinds.size(); ++i) segments[i].kind = kinds[i];
  return fixed_plan(segments, bitrate_kbps, constant_bitrate);
}

TEST(FixedPlan, HasOneBandwidthForTheEpisode) {
  struct Row {
    double kbps;
    Bandwidth bandwidth;
  };
  for (const auto& [kbps, bandwidth] :
       {Row{5, Bandwidth::narrow}, Row{10.4, Bandwidth::narrow}, Row{10.5, Bandwidth::wide}, Row{23.9, Bandwidth::wide},
        Row{24, Bandwidth::superwide}, Row{32, Bandwidth::full}})
    for (const auto& settings : plan_for(kbps)) {
      EXPECT_EQ(settings.bandwidth, bandwidth) << kbps;
      EXPECT_EQ(settings.bitrate_kbps, kbps);
    }
}

TEST(FixedPlan, TakesSilkUpToWideband) {
  for (const double kbps : {8, 12})
    for (const auto& settings : plan_for(kbps)) EXPECT_EQ(settings.mode, Mode::silk) << kbps;
  EXPECT_EQ(plan_for(24).front().mode, Mode::automatic);
}

TEST(FixedPlan, TellsTheEncoderWhatItGets) {
  const auto plan = plan_for(12);
  const std::array signals{Signal::voice, Signal::music, Signal::either, Signal::voice};
  for (std::size_t i = 0; i < kinds.size(); ++i) EXPECT_EQ(plan[i].signal, signals[i]) << i;
}

TEST(FixedPlan, KeepsOneModeAndFrameAtAConstantBitrate) {
  for (const auto& settings : plan_for(12, true)) {
    EXPECT_TRUE(settings.constant_bitrate);
    EXPECT_EQ(settings.mode, Mode::silk);
    EXPECT_EQ(settings.frame_ms, 60);
  }
  for (const auto& settings : plan_for(32, true)) {
    EXPECT_EQ(settings.mode, Mode::celt);
    EXPECT_EQ(settings.frame_ms, 20);
  }
}

}  // namespace
}  // namespace chasqui::compress
