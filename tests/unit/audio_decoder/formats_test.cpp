#include "unit/audio_decoder/support.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

namespace chasqui::audio::test {
namespace {

struct Format {
  const char* name;       // of the file; the extension chooses the muxer
  const char* arguments;  // for ffmpeg, after the source
  const char* codec;
  int channels;     // 2 where there are more than one
  double likeness;  // least correlation with the source
};

// With a picture where there is one to be had: the sound of a video is all that counts.
constexpr const char* video = "-f lavfi -i testsrc=s=64x48:r=10:d=2 -map 0:a -map 1:v -shortest ";

std::string with_video(const char* rest) {
  return std::string(video) + rest;
}

class FormatsTest : public MediaTest, public testing::WithParamInterface<Format> {};

TEST_P(FormatsTest, GivesWhatFfmpegGives) {
  const Format& format = GetParam();
  const auto path = make(format.name, 2, format.arguments);
  const Outcome ours = decode(path);
  ASSERT_FALSE(ours.error) << ours.error->message;
  EXPECT_EQ(ours.info.codec, format.codec);
  EXPECT_EQ(ours.stats.damaged_packets, 0);
  EXPECT_EQ(ours.stats.bad_samples, 0);
  EXPECT_FALSE(ours.stats.truncated);
  EXPECT_NEAR(ours.info.declared_seconds, 2, 0.2);
  EXPECT_GT(likeness(ours.samples, glide(2)), format.likeness);

  ffmpeg("-i " + std::string(format.name) + " -map 0:a:0 -ar 48000 " +
         (format.channels == 2 ? "-af 'aformat=sample_fmts=flt:channel_layouts=stereo,pan=mono|c0=.5*c0+.5*c1' " : "") +
         "-f f32le theirs.pcm");
  const Bytes bytes = read(file("theirs.pcm"));
  std::vector<float> theirs(bytes.size() / sizeof(float));
  std::memcpy(theirs.data(), bytes.data(), theirs.size() * sizeof(float));
  EXPECT_EQ(ours.samples.size(), theirs.size());
  float worst = 0;
  for (std::size_t i = 0; i < std::min(theirs.size(), ours.samples.size()); ++i)
    worst = std::max(worst, std::abs(theirs[i] - ours.samples[i]));
  EXPECT_LT(worst, 1e-3F);  // ffmpeg resamples 16-bit sound in 16 bits
}

INSTANTIATE_TEST_SUITE_P(
    Audio, FormatsTest,
    testing::Values(
        Format{"a.mp3", "-ar 44100 -ac 2", "mp3float", 2, .99}, Format{"b.mp3", "-write_xing 0", "mp3float", 1, .99},
        Format{"low.mp3", "-ar 11025 -b:a 24k", "mp3float", 1, .99}, Format{"a.mp2", "-ac 2", "mp2", 2, .99},
        Format{"a.m4a", "-c:a aac -ar 44100 -ac 2", "aac", 2, .99}, Format{"a.aac", "-c:a aac", "aac", 1, .99},
        Format{"alac.m4a", "-c:a alac", "alac", 1, .999}, Format{"s16.wav", "-ar 44100", "pcm_s16le", 1, .999},
        Format{"s24.wav", "-c:a pcm_s24le -ac 2", "pcm_s24le", 2, .999},
        Format{"f32.wav", "-c:a pcm_f32le", "pcm_f32le", 1, .999},
        Format{"f64.wav", "-c:a pcm_f64le", "pcm_f64le", 1, .999}, Format{"u8.wav", "-c:a pcm_u8", "pcm_u8", 1, .999},
        Format{"law.wav", "-ar 8000 -c:a pcm_mulaw", "pcm_mulaw", 1, .99},
        Format{"ima.wav", "-c:a adpcm_ima_wav -ac 2", "adpcm_ima_wav", 2, .99},
        Format{"a.w64", "", "pcm_s16le", 1, .999}, Format{"a.aiff", "", "pcm_s16be", 1, .999},
        Format{"a.au", "", "pcm_s16be", 1, .999}, Format{"a.caf", "", "pcm_s16be", 1, .999},
        Format{"a.flac", "-ar 44100 -ac 2", "flac", 2, .999}, Format{"a.wv", "", "wavpack", 1, .999},
        Format{"a.tta", "", "tta", 1, .999}, Format{"a.ogg", "-c:a libvorbis -ac 2", "vorbis", 2, .99},
        Format{"a.opus", "-c:a libopus -b:a 32k", "opus", 1, .99},
        Format{"a.spx", "-c:a libspeex -ar 16000", "speex", 1, .9},
        Format{"a.wma", "-c:a wmav2 -ac 2 -ar 44100", "wmav2", 2, .99}, Format{"a.ac3", "-ac 2", "ac3", 2, .99},
        Format{"a.webm", "-c:a libopus", "opus", 1, .99}, Format{"a.mka", "-c:a flac", "flac", 1, .999},
        Format{"a.ts", "-c:a mp2 -ac 2", "mp2", 2, .99}),
    [](const auto& test) {
      std::string name = std::string(test.param.name) + "_" + test.param.codec;
      std::ranges::replace(name, '.', '_');
      return name;
    });

class VideoTest : public MediaTest, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(VideoTest, GivesItsSound) {
  const auto [name, arguments] = GetParam();
  const Outcome outcome = decode(make(name, 2, with_video(arguments)));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_NEAR(outcome.seconds(), 2, 0.06);
  EXPECT_GT(likeness(outcome.samples, glide(2)), .99);
}

INSTANTIATE_TEST_SUITE_P(Video, VideoTest,
                         testing::Values(std::pair{"v.mp4", "-c:v mpeg4 -c:a aac"},
                                         std::pair{"f.mp4", "-c:v mpeg4 -c:a aac -movflags frag_keyframe+empty_moov"},
                                         std::pair{"v.mkv", "-c:v mpeg4 -c:a libopus"},
                                         std::pair{"v.webm", "-c:v libvpx -c:a libvorbis"},
                                         std::pair{"v.avi", "-c:v mpeg4 -c:a libmp3lame"},
                                         std::pair{"v.flv", "-c:v flv -c:a libmp3lame -ar 44100"}));

class RatesTest : public MediaTest, public testing::WithParamInterface<int> {};

TEST_P(RatesTest, BecomeTheOneRate) {
  const int rate_hz = GetParam();
  const Outcome outcome = decode(make("a.wav", 1, "-ar " + std::to_string(rate_hz)));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_EQ(outcome.info.sample_rate_hz, rate_hz);
  EXPECT_NEAR(static_cast<double>(outcome.samples.size()), 48'000, 12);
  EXPECT_GT(likeness(outcome.samples, glide(1)), .999);
}

INSTANTIATE_TEST_SUITE_P(Hz, RatesTest, testing::Values(4000, 8000, 11025, 22050, 32000, 44100, 48000, 96000, 192000));

TEST_F(MediaTest, KeepsMoreThanNinetyDecibelsInTheResampler) {
  std::vector<std::uint8_t> sound(44'100 * sizeof(float));
  for (std::size_t i = 0; i < 44'100; ++i) {
    const double turn = static_cast<double>(i % 10) / 10;  // 4410 Hz
    const auto sample = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * turn));
    std::memcpy(sound.data() + i * sizeof sample, &sample, sizeof sample);
  }
  const Outcome outcome = decode(write("tone.wav", wav(3, 32, 1, 44'100, sound)));
  ASSERT_EQ(outcome.samples.size(), 48'000U);
  // Least squares fit of the tone, 4410 Hz at 48 kHz, over the middle; what is left is the resampler's.
  double in_phase = 0;
  double quadrature = 0;
  double total = 0;
  const std::size_t begin = 8'000;
  const std::size_t count = 32'000;  // whole periods
  for (std::size_t i = begin; i < begin + count; ++i) {
    const double angle = 2 * std::numbers::pi * 4410.0 * static_cast<double>(i) / 48'000;
    in_phase += outcome.samples[i] * std::sin(angle) * 2 / count;
    quadrature += outcome.samples[i] * std::cos(angle) * 2 / count;
    total += double{outcome.samples[i]} * outcome.samples[i];
  }
  const double tone = (in_phase * in_phase + quadrature * quadrature) / 2 * count;
  EXPECT_GT(10 * std::log10(tone / std::abs(total - tone)), 90);
}

TEST_F(MediaTest, MixesManyChannels) {
  for (const char* mix : {"-ac 6", "-ac 8", "-af 'pan=5.0|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0'"}) {
    const Outcome outcome = decode(make("many.wav", 1, mix));
    ASSERT_FALSE(outcome.error) << outcome.error->message;
    EXPECT_EQ(outcome.samples.size(), 48'000U);
    EXPECT_GT(likeness(outcome.samples, glide(1)), .999) << mix;
  }
}

TEST_F(MediaTest, KeepsOppositePhase) {
  for (const char* rate : {"48000", "44100"}) {
    const Outcome outcome = decode(make("opposite.wav", 2, std::string("-af 'pan=stereo|c0=c0|c1=-1*c0' -ar ") + rate));
    ASSERT_FALSE(outcome.error) << outcome.error->message;
    EXPECT_EQ(outcome.samples.size(), 96'000U);
    EXPECT_GT(likeness(outcome.samples, glide(2)), .999);
    EXPECT_NEAR(outcome.stats.inverted_seconds, 2, 0.05);
  }
}

TEST_F(MediaTest, MixesChannelsThatNobodyNamed) {
  Bytes sound;
  const auto source = glide(1);
  for (const float sample : source)
    for (int i = 0; i < 11; ++i) {
      const auto value = static_cast<std::uint16_t>(std::lround(sample * 32'767));
      sound.push_back(static_cast<std::uint8_t>(value & 0xFFU));
      sound.push_back(static_cast<std::uint8_t>(value >> 8U));
    }
  const Outcome outcome = decode(write("eleven.wav", wav(1, 16, 11, 48'000, sound)));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_EQ(outcome.info.channels, 11);
  EXPECT_GT(likeness(outcome.samples, source), .999);
}

TEST_F(MediaTest, DecodesAmrAlsoInside3gp) {
  // ffmpeg cannot write AMR: 100 frames of 12.2 kb/s (RFC 4867 section 5) with arbitrary speech parameters.
  Bytes amr{'#', '!', 'A', 'M', 'R', '\n'};
  const Bytes parameters = noise_bytes(31 * 100, 7);
  for (std::size_t i = 0; i < 100; ++i) {
    amr.push_back(0x3C);
    amr.insert(amr.end(), parameters.begin() + static_cast<std::ptrdiff_t>(31 * i),
               parameters.begin() + static_cast<std::ptrdiff_t>(31 * (i + 1)));
  }
  write("a.amr", amr);
  ffmpeg("-i a.amr -c copy a.3gp");
  for (const char* name : {"a.amr", "a.3gp"}) {
    const Outcome outcome = decode(file(name));
    ASSERT_FALSE(outcome.error) << outcome.error->message;
    EXPECT_EQ(outcome.info.codec, "amrnb");
    EXPECT_EQ(outcome.samples.size(), 96'000U);
  }
}

TEST_F(MediaTest, FollowsAChangeOfRateAndChannels) {
  ffmpeg("-f lavfi -i sine=f=500:d=1 -ar 44100 -ac 2 -write_xing 0 a.mp3");
  ffmpeg("-f lavfi -i sine=f=500:d=1 -ar 22050 -ac 1 -write_xing 0 b.mp3");
  Bytes both = read(file("a.mp3"));
  const Bytes second = read(file("b.mp3"));
  // Without the second's ID3 tag, which is 45 bytes of ffmpeg's name.
  const auto frames = std::ranges::search(second, std::array<std::uint8_t, 2>{0xFF, 0xF3});
  both.insert(both.end(), frames.begin(), second.end());
  const Outcome outcome = decode(write("both.mp3", both));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_NEAR(outcome.seconds(), 2, 0.2);
}

TEST_F(MediaTest, GoesByContentNotByName) {
  const auto mp3 = make("a.mp3", 1);
  std::filesystem::rename(mp3, file("a.wav"));
  const Outcome outcome = decode(file("a.wav"));
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_EQ(outcome.info.container, "mp3");
}

}  // namespace
}  // namespace chasqui::audio::test
