#include "jobs/encode_options.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace chasqui::jobs {
namespace {

using Texts = std::map<std::string, std::string, std::less<>>;

TEST(EncodeOptions, CanonicalTextsComeBack) {
  for (const Texts& texts : {Texts{}, Texts{{"quality", "clear"}}, Texts{{"bitrate", "12.5"}, {"format", "webm"}},
                             Texts{{"budget", "2000000"}}, Texts{{"format", "mp3"}, {"bitrate", "16"}},
                             Texts{{"denoise", "off"}, {"condition", "false"}, {"trim_pauses", "true"}}}) {
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
