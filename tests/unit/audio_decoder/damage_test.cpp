#include "unit/audio_decoder/support.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace chasqui::audio::test {
namespace {

bool is_about_input(Errc code) {
  return code == Errc::input_corrupt || code == Errc::input_unsupported || code == Errc::input_empty ||
         code == Errc::input_no_audio;
}

class DamageTest : public MediaTest, public testing::WithParamInterface<const char*> {};

TEST_P(DamageTest, InTheMiddleIsPassedOver) {
  Bytes bytes = read(make(GetParam(), 6));
  const Bytes noise = noise_bytes(bytes.size() / 10, 5);
  std::ranges::copy(noise, bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2));
  const Outcome outcome = decode(write("damaged", bytes));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_NEAR(outcome.seconds(), 5.5, 0.7);
  const auto sound = outcome.samples;
  const auto source = glide(1);
  EXPECT_GT(likeness(std::span(sound).first(48'000), source), .98);
  // The glide repeats every half second, so its end may be compared with any part within that.
  EXPECT_GT(likeness(std::span(sound).subspan(sound.size() - 48'000), source) +
                likeness(std::span(sound).subspan(sound.size() - 58'000), source) +
                likeness(std::span(sound).subspan(sound.size() - 67'000), source),
            .9);
}

INSTANTIATE_TEST_SUITE_P(Formats, DamageTest, testing::Values("a.mp3", "a.flac", "a.aac", "a.opus", "a.wma"),
                         [](const auto& test) { return std::string(test.param + 2); });

TEST_F(DamageTest, IsCounted) {
  Bytes bytes = read(make("a.flac", 6));
  const Bytes noise = noise_bytes(bytes.size() / 10, 5);
  std::ranges::copy(noise, bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2));
  EXPECT_GT(decode(write("damaged", bytes)).stats.damaged_packets, 0);
}

TEST_F(DamageTest, ThatLeavesNothingIsAnError) {
  Bytes bytes = read(make("a.flac", 2));
  std::ranges::copy(noise_bytes(bytes.size() - 100, 5), bytes.begin() + 100);
  const Outcome outcome = decode(write("damaged", bytes));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Errc::input_corrupt);
}

TEST_F(DamageTest, OfEveryBytesIsNotMedia) {
  for (std::uint32_t seed = 0; seed < 24; ++seed) {
    const Outcome outcome = decode(write("noise.mp3", noise_bytes(std::size_t{200} << (seed % 12), seed)));
    ASSERT_TRUE(outcome.error) << seed << " gave " << outcome.seconds() << " s as " << outcome.info.container;
    EXPECT_TRUE(outcome.error->code == Errc::input_unsupported || outcome.error->code == Errc::input_corrupt)
        << outcome.error->message;
  }
}

TEST_F(DamageTest, BehindAnySignatureEndsInOrder) {
  using namespace std::string_view_literals;
  for (const auto& signature :
       {"ID3\x04\x00\x00\x00\x00\x10\x00"sv, "fLaC\x00\x00\x00\x22"sv, "OggS\x00\x02"sv,
        "RIFF\xFF\xFF\xFF\x7FWAVEfmt "sv, "\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01"sv,
        "\x00\x00\x00\x18"
        "ftypM4A "sv,
        "#!AMR\n"sv, "wvpk"sv, "MAC \x96\x0F"sv,
        "FORM\x00\x00\xFF\xFF"
        "AIFFCOMM"sv,
        "caff\x00\x01\x00\x00"
        "desc"sv,
        "\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9"sv, "\xFF\xFB\x90\x64"sv, "FLV\x01\x05"sv, "TTA1"sv}) {
    Bytes bytes(signature.begin(), signature.end());
    const Bytes noise = noise_bytes(50'000, static_cast<std::uint32_t>(signature.size()));
    bytes.insert(bytes.end(), noise.begin(), noise.end());
    const Outcome outcome = decode(write("forged", bytes));
    if (outcome.error) {
      EXPECT_TRUE(is_about_input(outcome.error->code)) << outcome.error->message;
    }
  }
}

TEST_F(DamageTest, OfSingleBytesEndsInOrder) {
  for (const char* name : {"a.mp3", "a.m4a", "a.flac", "a.ogg", "a.webm", "a.wma"}) {
    const Bytes whole = read(make(name, 2));
    for (std::uint32_t seed = 0; seed < 5; ++seed) {
      Bytes bytes = whole;
      const Bytes places = noise_bytes(80, seed);
      for (std::size_t i = 0; i + 4 <= places.size(); i += 4) {
        std::uint32_t place = 0;
        std::memcpy(&place, places.data() + i, sizeof place);
        // Half of them in the header, where they hurt most.
        bytes[place % (i % 8 == 0 ? std::min<std::size_t>(bytes.size(), 600) : bytes.size())] = places[i + 1];
      }
      const Outcome outcome = decode(write("mutant", bytes));
      if (outcome.error) {
        EXPECT_TRUE(is_about_input(outcome.error->code)) << name << outcome.error->message;
      }
      for (const float sample : outcome.samples) ASSERT_LE(std::abs(sample), 8.0F);
    }
  }
}

template <typename Sample>
Bytes sound_of(const std::vector<Sample>& samples) {
  Bytes bytes(samples.size() * sizeof(Sample));
  std::memcpy(bytes.data(), samples.data(), bytes.size());
  return bytes;
}

template <typename Sample>
class BadSamplesTest : public MediaTest {};
using SampleTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(BadSamplesTest, SampleTypes);

TYPED_TEST(BadSamplesTest, AreSilencedAndCounted) {
  using Limits = std::numeric_limits<TypeParam>;
  std::vector<TypeParam> samples(48'000, TypeParam{0.25});
  samples[10] = Limits::quiet_NaN();
  samples[20'000] = Limits::infinity();
  samples[20'001] = -Limits::infinity();
  samples[30'000] = Limits::max();
  samples[30'001] = -1'000;
  const Outcome outcome = decode(this->write("bad.wav", wav(3, 8 * sizeof(TypeParam), 1, 48'000, sound_of(samples))));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  ASSERT_EQ(outcome.samples.size(), 48'000U);
  EXPECT_EQ(outcome.stats.bad_samples, 3);
  EXPECT_EQ(outcome.samples[10], 0);
  EXPECT_EQ(outcome.samples[20'000], 0);
  EXPECT_EQ(outcome.samples[20'001], 0);
  EXPECT_EQ(outcome.samples[30'000], 8);
  EXPECT_EQ(outcome.samples[30'001], -8);
  EXPECT_EQ(outcome.samples[30'002], 0.25F);
}

}  // namespace
}  // namespace chasqui::audio::test
