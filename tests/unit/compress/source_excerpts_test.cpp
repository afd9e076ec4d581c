#include "compress/source_excerpts.hpp"

#include "audio/spool.hpp"
#include "dsp/resampler.hpp"
#include "quality/window_scores.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <span>
#include <vector>

namespace chasqui::compress {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr std::int64_t excerpt = SourceExcerpts::excerpt_samples, of_window = SourceExcerpts::window_samples;

std::vector<SourceExcerpts::Excerpt> excerpts_of(std::span<const float> sound, std::size_t block) {
  SourceExcerpts excerpts;
  for (; !sound.empty(); sound = sound.subspan(std::min(block, sound.size())))
    excerpts.hear(sound.first(std::min(block, sound.size())));
  return excerpts.finish();
}

std::vector<std::int64_t> begins_of(std::int64_t length) {
  const std::vector<float> sound(static_cast<std::size_t>(length));
  std::vector<std::int64_t> begins;
  for (const auto& one : excerpts_of(sound, 9'600)) begins.push_back(one.begin);
  return begins;
}

TEST(SourceExcerpts, CoverAShortRecordingButForARestWithoutAWindow) {
  EXPECT_THAT(begins_of(of_window - 1), ElementsAre());
  EXPECT_THAT(begins_of(of_window), ElementsAre(0));
  EXPECT_THAT(begins_of(excerpt + of_window - 1), ElementsAre(0));
  EXPECT_THAT(begins_of(excerpt + of_window), ElementsAre(0, excerpt));
}

TEST(SourceExcerpts, AreSpreadEvenlyOverALongRecordingUpToItsEnd) {
  for (const std::int64_t in_excerpts : {60, 119, 120, 250}) {
    const auto begins = begins_of(in_excerpts * excerpt);
    EXPECT_GE(begins.size(), 60U) << in_excerpts;
    EXPECT_LT(begins.size(), 120U) << in_excerpts;
    std::vector<std::int64_t> steps;
    std::adjacent_difference(begins.begin(), begins.end(), std::back_inserter(steps));
    const std::int64_t spacing = steps.at(1);
    EXPECT_THAT(std::span(steps).subspan(1), Each(spacing)) << in_excerpts;
    EXPECT_GT(begins.back() + spacing + excerpt, in_excerpts * excerpt) << in_excerpts;
  }
}

TEST(SourceExcerpts, AreWhatWasHeardWhateverTheBlocks) {
  std::vector<float> sound(static_cast<std::size_t>(3 * excerpt));
  for (std::size_t i = 0; i < sound.size(); ++i) sound[i] = 0.5F * std::sin(0.03F * static_cast<float>(i % 9'973));
  std::vector<std::int16_t> second;
  const auto resampled = dsp::resample({sound.begin() + excerpt, sound.begin() + 2 * excerpt}, core::sample_rate_hz,
                                       quality::scoring_rate_hz);
  std::ranges::transform(resampled, std::back_inserter(second), audio::to_int16);
  for (const std::size_t block : {std::size_t{7'001}, std::size_t{48'000}, sound.size()}) {
    const auto excerpts = excerpts_of(sound, block);
    ASSERT_EQ(excerpts.size(), 3U) << block;
    EXPECT_EQ(excerpts[1].sound, second) << block;
  }
}

}  // namespace
}  // namespace chasqui::compress
