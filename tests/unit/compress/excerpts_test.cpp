#include "compress/excerpts.hpp"

#include "core/pcm.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace chasqui::compress {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::pair<double, double>> places(std::span<const quality::WindowScore> windows, double length_s) {
  std::vector<std::pair<double, double>> seconds;
  for (const auto& [begin, end, window] :
       choose_excerpts(windows, static_cast<std::int64_t>(length_s * core::sample_rate_hz)))
    seconds.emplace_back(static_cast<double>(begin) / core::sample_rate_hz,
                         static_cast<double>(end) / core::sample_rate_hz);
  return seconds;
}

std::vector<quality::WindowScore> windows_with(std::initializer_list<std::pair<double, double>> begins_and_mos) {
  std::vector<quality::WindowScore> windows(57);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    windows[i].begin_s = static_cast<double>(i);
    windows[i].end_s = windows[i].begin_s + 4;
  }
  for (const auto& [begin, mos] : begins_and_mos) windows[static_cast<std::size_t>(begin)].mos = mos;
  return windows;
}

TEST(Excerpts, LieAroundTheWorstWindowsWorstFirstAndApart) {
  const auto windows = windows_with({{10, 3.3}, {20, 2.9}, {21, 2.95}, {40, 2.5}, {41, 2.6}, {46, 3.1}, {50, 3.2}});
  EXPECT_THAT(places(windows, 60), ElementsAre(Pair(38, 46), Pair(18, 26), Pair(48, 56)));
}

TEST(Excerpts, AreMovedIntoTheRecording) {
  EXPECT_THAT(places(windows_with({{0, 2.0}, {56, 2.0}}), 60), ElementsAre(Pair(0, 8), Pair(52, 60)));
  EXPECT_THAT(places(windows_with({{0, 2.0}, {1, 2.0}}), 5), ElementsAre(Pair(0, 5)));
}

TEST(Excerpts, AreSpreadEvenlyWhereNothingWasScored) {
  EXPECT_THAT(places(windows_with({}), 60), ElementsAre(Pair(6, 14), Pair(26, 34), Pair(46, 54)));
  EXPECT_THAT(places({}, 10), ElementsAre(Pair(1, 9)));
  EXPECT_THAT(places({}, 0.5), ElementsAre(Pair(0, 0.5)));
}

}  // namespace
}  // namespace chasqui::compress
