#include "core/config.hpp"

#include <gtest/gtest.h>

namespace chasqui::core {
namespace {

TEST(Config, EveryDefaultIsValid) {
  for (const auto& key : config_table()) {
    Config config;
    const auto done = config.set(key.name, key.fallback, "default");
    EXPECT_TRUE(done.has_value()) << done.error().message;
  }
}

TEST(Config, LaterWins) {
  Config config;
  EXPECT_EQ(config.number("compress.bitrate_kbps"), 8);
  ASSERT_TRUE(config.merge_text("# lesson\n\n compress.bitrate_kbps = 9.5\r\ncompress.format=webm", "f"));
  EXPECT_EQ(config.number("compress.bitrate_kbps"), 9.5);
  EXPECT_EQ(config.source("compress.bitrate_kbps"), "f:3");
  const char* environment[] = {"HOME=/", "CHASQUI_COMPRESS_BITRATE_KBPS=12", "CHASQUI_CONFIG=x", nullptr};
  ASSERT_TRUE(config.merge_environment(environment));
  EXPECT_EQ(config.number("compress.bitrate_kbps"), 12);
  EXPECT_EQ(config.text("compress.format"), "webm");
}

struct WrongText {
  const char* text;
  const char* message;
};

class ConfigRefuses : public testing::TestWithParam<WrongText> {};

TEST_P(ConfigRefuses, NamingPlaceAndWayOut) {
  Config config;
  const auto done = config.merge_text(GetParam().text, "chasqui.conf");
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, Errc::config);
  EXPECT_EQ(done.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ConfigRefuses,
    testing::Values(
        WrongText{"\nbitrate = 8", "chasqui.conf:2: unknown key 'bitrate'; `chasqui config docs` lists all keys"},
        WrongText{"compress.bitrate_kbps", "chasqui.conf:1: 'compress.bitrate_kbps' is not of the form `key = value`"},
        WrongText{"compress.bitrate_kbps = nan",
                  "chasqui.conf:1: compress.bitrate_kbps is 'nan' but must be a number from 5 to 64"},
        WrongText{"compress.bitrate_kbps = 8k",
                  "chasqui.conf:1: compress.bitrate_kbps is '8k' but must be a number from 5 to 64"},
        WrongText{"compress.threads = 1.5",
                  "chasqui.conf:1: compress.threads is '1.5' but must be a whole number from 0 to 1024"},
        WrongText{"compress.format = opus|webm",
                  "chasqui.conf:1: compress.format is 'opus|webm' but must be one of opus|webm|caf|mp3"},
        WrongText{"compress.trim_pauses = \x01yes",
                  "chasqui.conf:1: compress.trim_pauses is '?yes' but must be true or false"}));

TEST(Config, RefusesAnUnknownVariable) {
  Config config;
  const char* environment[] = {"CHASQUI_COMPRESS_BITRATE=12", nullptr};
  const auto done = config.merge_environment(environment);
  ASSERT_FALSE(done.has_value());
  EXPECT_NE(done.error().message.find("CHASQUI_COMPRESS_BITRATE"), std::string::npos);
}

}  // namespace
}  // namespace chasqui::core
