#include "core/log.hpp"

#include <gtest/gtest.h>

namespace chasqui::core {
namespace {

TEST(Log, TextNamesJobAndRequest) {
  EXPECT_EQ(log_text("done", {}), "done");
  EXPECT_EQ(log_text("done", {"r1", "j1", "e1"}), "j1: done [request r1]");
  EXPECT_EQ(log_text("two\nlines", {.request = "r\x1b"}), "two?lines [request r?]");
}

TEST(Log, JsonHoldsWhateverCame) {
  EXPECT_EQ(log_members("done", {}), R"("message":"done")");
  EXPECT_EQ(log_members("done", {"r1", "j1", "e1"}), R"("message":"done","request_id":"r1","job":"j1","episode":"e1")");
  EXPECT_EQ(log_members("\"a\\b\"\n\xFFñ", {}), "\"message\":\"\\\"a\\\\b\\\"?\xEF\xBF\xBDñ\"");
  std::string cut(1999, 'a');
  cut.append("ñ");  // the limit is within it
  EXPECT_TRUE(log_members(cut, {}).ends_with("aa\xEF\xBF\xBD\""));
}

}  // namespace
}  // namespace chasqui::core
