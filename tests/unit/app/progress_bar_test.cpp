#include "app/progress_bar.hpp"

#include <gtest/gtest.h>

namespace chasqui::app {
namespace {

TEST(Texts, AreShortAndHaveUnits) {
  EXPECT_EQ(duration_text(0.4), "0 s");
  EXPECT_EQ(duration_text(59.6), "1 min 00 s");
  EXPECT_EQ(duration_text(200), "3 min 20 s");
  EXPECT_EQ(duration_text(3720), "1 h 02 min");
  EXPECT_EQ(size_text(312), "312 bytes");
  EXPECT_EQ(size_text(57'600), "57.6 kB");
  EXPECT_EQ(size_text(57'600'000), "57.60 MB");
}

}  // namespace
}  // namespace chasqui::app
