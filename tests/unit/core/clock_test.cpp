#include "core/clock.hpp"

#include <gtest/gtest.h>

namespace chasqui::core {
namespace {

TEST(Clock, DatesOfHttp) {
  const auto moment = from_millis(784'111'777'000);
  EXPECT_EQ(http_date(moment), "Sun, 06 Nov 1994 08:49:37 GMT");
  // RFC 9110 section 5.6.7.
  for (const auto* text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
    EXPECT_EQ(parse_http_date(text), moment) << text;
  for (const auto* text : {"", "yesterday", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 36 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"})
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
}

}  // namespace
}  // namespace chasqui::core
