#include "compress/budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace chasqui::compress {
namespace {

struct Outcome {
  double quality = 0;
  std::uint64_t bytes = 0;
  int tries = 0;
};

/// A recording whose file doubles every `mos_per_octave`.
Outcome search(std::uint64_t budget, double bytes_at_3, double mos_per_octave) {
  BudgetSearch search(budget);
  Outcome outcome;
  while (const auto quality = search.next()) {
    const auto bytes = static_cast<std::uint64_t>(bytes_at_3 * std::exp2((*quality - 3) / mos_per_octave));
    ++outcome.tries;
    if (search.tried(*quality, bytes)) {
      outcome.quality = *quality;
      outcome.bytes = bytes;
    }
    if (outcome.tries > 20) break;
  }
  return outcome;
}

TEST(BudgetSearch, FillsTheBudget) {
  for (const double bytes_at_3 : {0.6e6, 1e6, 1.6e6})
    for (const double slope : {1.0, 1.6, 2.0}) {
      const auto outcome = search(1'000'000, bytes_at_3, slope);
      const double at_the_top = bytes_at_3 * std::exp2((BudgetSearch::highest_quality - 3) / slope);
      EXPECT_LE(outcome.bytes, 1'000'000U);
      EXPECT_GE(static_cast<double>(outcome.bytes), std::min(930'000.0, std::floor(at_the_top)))
          << bytes_at_3 << " " << slope;
      EXPECT_LE(outcome.tries, 5);
    }
}

TEST(BudgetSearch, StopsAtTheEnds) {
  const auto roomy = search(100'000'000, 1e6, 1.6);
  EXPECT_DOUBLE_EQ(roomy.quality, BudgetSearch::highest_quality);
  const auto hopeless = search(1'000, 1e6, 1.6);
  EXPECT_EQ(hopeless.quality, 0);
  EXPECT_LE(hopeless.tries, 3);
}

TEST(BudgetSearch, TriesTheLowestBeforeGivingUp) {
  // Bytes that hardly fall: only the lowest quality fits.
  BudgetSearch search(1000);
  double last = 0;
  while (const auto quality = search.next()) {
    last = *quality;
    search.tried(last, last > BudgetSearch::lowest_quality ? 1001 : 1000);
  }
  EXPECT_DOUBLE_EQ(last, BudgetSearch::lowest_quality);
}

}  // namespace
}  // namespace chasqui::compress
