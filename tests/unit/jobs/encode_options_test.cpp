#include "jobs/encode_options.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace chasqui::jobs {
namespace {

using Texts = std::map<std::string, std::string, std::less<>>;

TEST(EncodeOptions, CanonicalTextsComeBack) {
  for (const Texts& texts :
       {Texts{}, Texts{{"quality", "clear"}}, Texts{{"bitrate", "12.5"}, {"format", "webm"}},
        Texts{{"budget", "2000000"}}, Texts{{"format", "mp3"}, {"bitrate", "16"}},
        Texts{{"denoise", "off"}, {"condition", "false"}}, Texts{{"denoise", "on"}, {"trim_pauses", "true"}}}) {
    const auto text = canonical(value_or_throw(parse_options(texts)));
    EXPECT_EQ(canonical(parse_canonical(text)), text);
  }
}

TEST(EncodeOptions, OneTextForOneMeaning) {
  const auto text = [](const Texts& texts) { return canonical(value_or_throw(parse_options(texts))); };
  EXPECT_EQ(text({{"quality", "clear"}}), text({{"quality", "3"}}));
  EXPECT_EQ(text({{"bitrate", "10"}}), text({{"bitrate", "10.0"}}));
  EXPECT_EQ(text({{"format", "opus"}}), text({}));
  EXPECT_NE(text({{"bitrate", "10"}}), text({}));
}

TEST(EncodeOptions, WhatDoesNotGoTogether) {
  for (const Texts& texts :
       {Texts{{"bitrate", "8"}, {"quality", "clear"}}, Texts{{"quality", "3"}, {"format", "caf"}},
        Texts{{"condition", "false"}, {"trim_pauses", "true"}}, Texts{{"condition", "false"}, {"denoise", "on"}}}) {
    const auto options = parse_options(texts);
    ASSERT_FALSE(options) << canonical(*options);
    EXPECT_EQ(options.error().code, Errc::usage) << options.error().message;
  }
}

TEST(EncodeOptions, InAnotherFormat) {
  struct Row {
    EncodeOptions asked;
    const char* format;
    double spent_kbps, bitrate_kbps, quality;
  };
  const std::vector<Row> rows{
      {{.quality = 3}, "webm", 9.3, 0, 3},
      {{.quality = 3}, "caf", 9.3, 13, 0},
      {{.quality = 3}, "mp3", 9.3, 24, 0},
      {{.quality = 3.6}, "mp3", 12.4, 32, 0},
      {{.budget_bytes = 9000}, "mp3", 5, 16, 0},
      {{}, "mp3", 8.1, 24, 0},
      {{.bitrate_kbps = 10}, "caf", 10.2, 10, 0},
      {{.bitrate_kbps = 10}, "webm", 10.2, 10, 0},
      {{.format = "mp3", .bitrate_kbps = 32}, "opus", 32, 0, 0},
      {{.format = "caf"}, "mp3", 8, 24, 0},
      {{}, "caf", 0.1, 6, 0},
      {{}, "caf", 60, 64, 0},
  };
  for (const auto& row : rows) {
    const auto got = in_format(row.asked, row.format, row.spent_kbps);
    const auto where = canonical(row.asked) + " as " + row.format;
    EXPECT_EQ(got.format, row.format) << where;
    EXPECT_EQ(got.bitrate_kbps, row.bitrate_kbps) << where;
    EXPECT_EQ(got.quality, row.quality) << where;
    EXPECT_TRUE(got.format == "opus" || got.format == "webm" || got.budget_bytes == 0) << where;
  }
}

TEST(EncodeOptions, JsonValuesAreTexts) {
  const auto texts = option_texts(
      boost::json::parse(R"({"bitrate": 10, "quality": 3.0, "condition": false, "format": "opus"})").as_object());
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts->at("bitrate"), "10");
  EXPECT_EQ(texts->at("condition"), "false");
  for (const auto* wrong : {R"({"bitrate": [1]})", R"({"bitrate": {}})", R"({"bitrate": null})"})
    EXPECT_FALSE(option_texts(boost::json::parse(wrong).as_object())) << wrong;
}

}  // namespace
}  // namespace chasqui::jobs
