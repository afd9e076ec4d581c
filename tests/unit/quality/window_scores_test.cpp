#include "quality/window_scores.hpp"

#include "quality/estoi.hpp"
#include "unit/quality/signals.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace chasqui::quality {
namespace {

/// Of signals at the scoring rate, with the speech level of `reference`.
std::vector<WindowScore> window_scores(std::span<const float> reference, std::span<const float> degraded) {
  const WindowScorer scorer;
  return scorer.score(reference, degraded, scorer.speech_level(reference));
}

TEST(WindowScores, CoverTheRecordingAndScoreTheSameAsOne) {
  const auto x = test::voice(11.5, 16'000);
  const auto windows = window_scores(x, x);
  ASSERT_EQ(windows.size(), 9U);  // 0-4 .. 7-11 and 7.5-11.5
  EXPECT_EQ(windows.front().begin_s, 0);
  EXPECT_NEAR(windows.back().end_s, 11.5, 1e-9);
  for (const WindowScore& window : windows) {
    EXPECT_NEAR(window.end_s - window.begin_s, 4, 1e-9);
    EXPECT_NEAR(window.estoi.value(), 1, 1e-4);
    EXPECT_NEAR(window.nsim.value(), 1, 1e-4);
    EXPECT_GT(window.active, 0.5);
    EXPECT_LE(window.active, 1);
  }
}

// Within a window, the score is that of the published measure on the window alone, but for frames at its edges.
TEST(WindowScores, AgreeWithEstoiOfEachWindow) {
  const auto x = test::voice(12, 16'000);
  const auto y = test::mix(x, test::noise(x.size(), 7), 0.05F);
  for (const WindowScore& window : window_scores(x, y)) {
    const auto begin = static_cast<std::size_t>(window.begin_s * 16'000);
    const auto alone = estoi(std::span(x).subspan(begin, 64'000), std::span(y).subspan(begin, 64'000), 16'000);
    EXPECT_NEAR(window.estoi.value(), alone.value(), 0.02) << window.begin_s;
  }
}

TEST(WindowScores, FindTheBadPlace) {
  const auto x = test::voice(30, 16'000);
  auto y = x;
  const auto hiss = test::noise(5 * 16'000, 7);
  for (std::size_t i = 0; i < hiss.size(); ++i) y[15 * 16'000 + i] += 0.3F * hiss[i];
  const auto windows = window_scores(x, y);
  for (const auto& summary : {summarise_estoi(windows), summarise_nsim(windows)}) {
    EXPECT_EQ(summary.count, windows.size());
    EXPECT_GE(summary.worst_begin_s, 14);
    EXPECT_LE(summary.worst_end_s, 21);
    EXPECT_LT(summary.worst, summary.mean - 0.1);
    EXPECT_LE(summary.worst, summary.worst_5_percent);
    EXPECT_GT(summary.median, 0.99);
  }
}

TEST(WindowScores, AreMissingWhereNobodySpeaks) {
  auto x = test::voice(20, 16'000);
  std::fill(x.begin() + 6 * 16'000, x.begin() + 23 * 8'000, 0.0F);
  // Room noise 50 dB below the voice does not count as speech, though it is all there is in its windows.
  x = test::mix(x, test::noise(x.size(), 8), 0.0003F);
  const auto windows = window_scores(x, x);
  for (const WindowScore& window : windows) {
    const bool silent = window.begin_s >= 5 && window.end_s <= 12;  // half a second of voice at most
    EXPECT_EQ(window.estoi.has_value(), !silent) << window.begin_s;
    EXPECT_EQ(window.nsim.has_value(), !silent) << window.begin_s;
    EXPECT_EQ(window.active < 0.2, silent) << window.begin_s;
  }
  EXPECT_EQ(summarise_estoi(windows).count, windows.size() - 4);
}

TEST(WindowScores, SayNotScoredForWhatIsTooShortOrSilent) {
  EXPECT_TRUE(window_scores({}, {}).empty());
  const auto brief = test::voice(0.3, 16'000);
  const std::vector<float> silence(100'000);
  for (const auto& windows : {window_scores(brief, brief), window_scores(silence, silence),
                              window_scores(std::span(brief).first(1), brief)}) {
    ASSERT_FALSE(windows.empty());
    for (const WindowScore& window : windows) {
      EXPECT_FALSE(window.estoi);
      EXPECT_FALSE(window.nsim);
    }
    EXPECT_EQ(summarise_estoi(windows).count, 0U);
    EXPECT_EQ(summarise_estoi(windows).mean, 0);
  }
}

TEST(Summary, IsOfTheScoredWindows) {
  std::vector<WindowScore> windows;
  for (int i = 0; i < 41; ++i) windows.push_back({i * 1.0, i + 4.0, 0.5 + 0.01 * ((i * 7) % 41), {}, 1});
  windows.push_back({41, 45, {}, {}, 0});
  const ScoreSummary summary = summarise_estoi(windows);
  EXPECT_EQ(summary.count, 41U);
  EXPECT_NEAR(summary.mean, 0.7, 1e-12);
  EXPECT_NEAR(summary.median, 0.7, 1e-12);
  EXPECT_NEAR(summary.worst_5_percent, 0.51, 1e-12);  // the mean of 0.50, 0.51, 0.52
  EXPECT_EQ(summary.worst, 0.5);
  EXPECT_EQ(summary.worst_begin_s, 0);
  EXPECT_EQ(summary.worst_end_s, 4);
}

TEST(WindowScorer, ServesManyThreadsWithEqualResults) {
  const WindowScorer scorer;
  const auto x = test::voice(6, 16'000);
  const auto y = test::mix(x, test::noise(x.size(), 7), 0.05F);
  const auto level = scorer.speech_level(x);
  const double expected = summarise_estoi(scorer.score(x, y, level)).mean;
  std::vector<double> means(4);
  {
    std::vector<std::jthread> threads;
    for (double& mean : means) threads.emplace_back([&] { mean = summarise_estoi(scorer.score(x, y, level)).mean; });
  }
  for (const double mean : means) EXPECT_EQ(mean, expected);
}

}  // namespace
}  // namespace chasqui::quality
