#include "server/rate_limit.hpp"

#include <gtest/gtest.h>

namespace chasqui::server {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, ABurstThenAnEvenFlow) {
  RateLimit limit(3, 30s);
  std::chrono::steady_clock::time_point now{};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("a", now));
  EXPECT_FALSE(limit.take("a", now));
  EXPECT_TRUE(limit.take("b", now)) << "each has his own";
  EXPECT_FALSE(limit.take("a", now + 9s));
  EXPECT_TRUE(limit.take("a", now + 11s));
  EXPECT_FALSE(limit.take("a", now + 11s));
  now += 1h;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("a", now));
  EXPECT_FALSE(limit.take("a", now)) << "no more than the burst is saved up";
}

TEST(RateLimit, ManyNamesDoNotSetAnybodyFree) {
  RateLimit limit(1, 3600s);
  const std::chrono::steady_clock::time_point now{};
  EXPECT_TRUE(limit.take("a", now));
  for (int i = 0; i < 5000; ++i) limit.take(std::to_string(i), now);
  EXPECT_FALSE(limit.take("a", now));
}

}  // namespace
}  // namespace chasqui::server
