#include "unit/audio_decoder/support.hpp"

#include <algorithm>

namespace chasqui::audio::test {
namespace {

struct Cut {
  const char* name;
  const char* arguments;
  bool playable;  // from the start as far as it goes
  bool noticed;   // the format lets us measure that something is missing
};

class CutFilesTest : public MediaTest, public testing::WithParamInterface<Cut> {};

TEST_P(CutFilesTest, GiveWhatIsThereOrSayWhy) {
  const Cut& format = GetParam();
  const Bytes whole = read(make(format.name, 4, format.arguments));
  const double all = decode(file(format.name)).seconds();
  for (const double share : {0.0005, 0.01, 0.2, 0.5, 0.77, 0.999}) {
    const auto size = std::max<std::size_t>(1, static_cast<std::size_t>(static_cast<double>(whole.size()) * share));
    const Outcome outcome = decode(write("cut", std::span(whole).first(size)));
    const std::string about = std::string(format.name) + " cut to " + std::to_string(size) + " bytes";
    if (outcome.error) {
      EXPECT_TRUE(outcome.error->code == Errc::input_corrupt || outcome.error->code == Errc::input_unsupported ||
                  outcome.error->code == Errc::input_empty)
          << about << ": " << outcome.error->message;
      EXPECT_FALSE(format.playable && share >= 0.5) << about << ": " << outcome.error->message;
      continue;
    }
    EXPECT_LE(outcome.seconds(), all) << about;
    if (share >= 0.2) {
      EXPECT_NEAR(outcome.seconds(), all * share, 1.2) << about;
    }
    if (format.noticed) {
      EXPECT_TRUE(outcome.stats.truncated) << about;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, CutFilesTest,
                         testing::Values(Cut{"a.wav", "", true, true}, Cut{"a.mp3", "-b:a 64k", true, true},
                                         Cut{"a.flac", "", true, true}, Cut{"a.opus", "-vbr off", true, true},
                                         Cut{"a.webm", "-c:a libopus -vbr off", true, true},
                                         Cut{"a.wma", "-c:a wmav2", true, true}, Cut{"a.m4a", "", false, true},
                                         Cut{"fast.m4a", "-b:a 64k -movflags +faststart", true, true},
                                         Cut{"a.aac", "", true, false}, Cut{"raw.mp3", "-write_xing 0", true, false}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

TEST_F(CutFilesTest, ThatLieAboutTheirLengthEndWhereTheyEnd) {
  auto sound = wav_of(glide(1));
  sound.erase(sound.begin(), sound.begin() + 44);
  const Outcome outcome = decode(write("lie.wav", wav(1, 16, 1, 48'000, sound, 1'000'000'000)));  // 2.9 hours
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_EQ(outcome.samples.size(), 48'000U);
  EXPECT_TRUE(outcome.stats.truncated);
}

TEST_F(CutFilesTest, WrittenToAPipeAreWhole) {
  auto sound = wav_of(glide(1));
  sound.erase(sound.begin(), sound.begin() + 44);
  for (const std::uint32_t unknown : {0xFFFFFFFFU, 0x7FFFFFFFU}) {
    const Outcome outcome = decode(write("pipe.wav", wav(1, 16, 1, 48'000, sound, unknown)));
    ASSERT_FALSE(outcome.error) << outcome.error->message;
    EXPECT_EQ(outcome.samples.size(), 48'000U);
    EXPECT_FALSE(outcome.stats.truncated);
  }
}

}  // namespace
}  // namespace chasqui::audio::test
