#include "unit/audio_decoder/support.hpp"

#include <algorithm>
#include <fstream>

namespace chasqui::audio::test {
namespace {

class MetadataTest : public MediaTest, public testing::WithParamInterface<const char*> {
 protected:
  void write_description() const {
    std::ofstream(file("description")) << ";FFMETADATA1\ntitle=La célula\nartist=Rosa Quispe\nalbum=Biología\n"
                                          "genre=Podcast\ndate=2024\ncomment=uno\\\ndos\nencoder=noise\n"
                                          "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1500\ntitle=Inicio\n"
                                          "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1500\nEND=3000\ntitle=Núcleo\n";
  }
  static std::string value(const MediaInfo& info, std::string_view key) {
    const auto found = std::ranges::find(info.tags, key, &Tag::key);
    return found == info.tags.end() ? "" : found->value;
  }
};

TEST_P(MetadataTest, ComesThrough) {
  write_description();
  const Outcome outcome = decode(make(GetParam(), 3, "-i description -map_metadata 1"));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_EQ(value(outcome.info, "TITLE"), "La célula");
  EXPECT_EQ(value(outcome.info, "ARTIST"), "Rosa Quispe");
  EXPECT_EQ(value(outcome.info, "ALBUM"), "Biología");
  EXPECT_EQ(value(outcome.info, "DATE").substr(0, 4), "2024");
  EXPECT_EQ(value(outcome.info, "COMMENT"), "uno dos");
  EXPECT_EQ(value(outcome.info, "ENCODER"), "");
  ASSERT_EQ(outcome.info.chapters.size(), 2U);
  EXPECT_EQ(outcome.info.chapters[0].title, "Inicio");
  // ffmpeg's own Ogg muxer writes the fraction of a second twice.
  const double second = GetParam() == std::string_view("a.opus") ? 2.5 : 1.5;
  EXPECT_NEAR(static_cast<double>(outcome.info.chapters[1].begin), 48'000 * second, 2'000);
  EXPECT_EQ(outcome.info.chapters[1].title, "Núcleo");
}

INSTANTIATE_TEST_SUITE_P(Containers, MetadataTest, testing::Values("a.mp3", "a.m4a", "a.opus", "a.mka"),
                         [](const auto& test) { return std::string(test.param + 2); });

class CoverTest : public MetadataTest {};

TEST_P(CoverTest, IsKeptAsItIs) {
  ffmpeg("-f lavfi -i testsrc=s=64x48 -frames:v 1 cover.png");
  const Outcome outcome =
      decode(make(GetParam(), 1, "-i cover.png -map 0:a -map 1:v -c:v copy -disposition:v attached_pic"));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  ASSERT_TRUE(outcome.info.cover);
  EXPECT_EQ(outcome.info.cover->mime, "image/png");
  EXPECT_EQ(outcome.info.cover->bytes, read(file("cover.png")));
  EXPECT_NEAR(outcome.seconds(), 1, 0.1);
}

INSTANTIATE_TEST_SUITE_P(Containers, CoverTest, testing::Values("a.mp3", "a.m4a", "a.flac"),
                         [](const auto& test) { return std::string(test.param + 2); });

TEST_F(MetadataTest, OfHostileSizeIsBounded) {
  std::ofstream description(file("description"));
  description << ";FFMETADATA1\ntitle=" << std::string(100'000, 'x') << "\n";
  for (int i = 0; i < 3'000; ++i)
    description << "[CHAPTER]\nTIMEBASE=1/1000\nSTART=" << i << "\nEND=" << i + 1 << "\ntitle=" << i << "\n";
  description.close();
  const Outcome outcome = decode(make("a.mka", 3, "-i description -map_metadata 1"));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_EQ(value(outcome.info, "TITLE").size(), 4096U);
  EXPECT_LE(outcome.info.chapters.size(), 1'000U);
}

TEST_F(MetadataTest, WithALargePictureBeforeTheSoundIsStillAnMp3) {
  ffmpeg("-f lavfi -i 'nullsrc=s=1400x1000,geq=random(1)*255:128:128' -frames:v 1 cover.png");
  ASSERT_GT(std::filesystem::file_size(file("cover.png")), 1'100'000U);
  const Outcome outcome =
      decode(make("a.mp3", 1, "-i cover.png -map 0:a -map 1:v -c:v copy -disposition:v attached_pic"));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_EQ(outcome.samples.size(), 48'000U);
  std::filesystem::rename(file("a.mp3"), file("noname"));
  EXPECT_FALSE(decode(file("noname")).error);
}

}  // namespace
}  // namespace chasqui::audio::test
