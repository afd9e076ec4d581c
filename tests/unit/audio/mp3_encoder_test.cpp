#include "audio/mp3_encoder.hpp"

#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numbers>
#include <string>

namespace chasqui::audio {
namespace {

namespace fs = std::filesystem;

/// A tone that swells and falls, so that a shift in time shows.
std::vector<std::int16_t> swell(std::size_t samples) {
  std::vector<std::int16_t> pcm(samples);
  for (std::size_t n = 0; n < samples; ++n) {
    const double t = static_cast<double>(n) / 48'000;
    const double level = std::pow(std::sin(std::numbers::pi * 1.7 * t), 2);
    pcm[n] = static_cast<std::int16_t>(std::lround(12'000 * level * std::sin(2 * std::numbers::pi * 440 * t)));
  }
  return pcm;
}

Int16Source source_of(std::span<const std::int16_t> pcm, std::size_t step) {
  return [pcm, step](std::span<std::int16_t> out) mutable {
    const std::size_t count = std::min({out.size(), step, pcm.size()});
    std::ranges::copy(pcm.first(count), out.begin());
    pcm = pcm.subspan(count);
    return count;
  };
}

class Mp3 : public testing::Test {
 protected:
  Mp3Report encode(std::span<const std::int16_t> pcm, const Mp3Options& options, std::size_t step = 4'096) const {
    core::AtomicFile file(path_());
    const auto report = encode_mp3(source_of(pcm, step), options, file);
    file.commit();
    return report;
  }

  [[nodiscard]] std::string content() const {
    std::ifstream in(path_(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  [[nodiscard]] static std::string output_of(const std::string& command) {
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string output;
    std::array<char, 65'536> block;
    for (std::size_t got; (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
      output.append(block.data(), got);
    ::pclose(pipe);
    return output;
  }

  [[nodiscard]] std::vector<std::int16_t> decoded() const {
    const std::string raw =
        output_of("ffmpeg -nostdin -loglevel error -i '" + path_().string() + "' -f s16le -ac 1 - 2>&1");
    std::vector<std::int16_t> pcm(raw.size() / 2);
    std::memcpy(pcm.data(), raw.data(), pcm.size() * 2);
    return pcm;
  }

  [[nodiscard]] fs::path path_() const { return folder_ / "x.mp3"; }
  chasqui::test::TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
};

TEST_F(Mp3, LastsExactlyAsLongInAGaplessDecoder) {
  const auto pcm = swell(100'000);
  for (const int rate_hz : {16'000, 24'000}) {
    // Of 3 ms at least: ffmpeg 5.1 does not trim both ends of one frame.
    for (const std::size_t length : {145U, 575U, 1'728U, 1'729U, 12'345U, 99'991U}) {
      const auto report = encode(std::span(pcm).first(length), {.sample_rate_hz = rate_hz, .bitrate_kbps = 24});
      const std::size_t factor = static_cast<std::size_t>(48'000 / rate_hz);
      const std::size_t expected = (length + factor - 1) / factor;
      EXPECT_EQ(report.input_samples, static_cast<std::int64_t>(length));
      EXPECT_EQ(report.output_samples, static_cast<std::int64_t>(expected));
      EXPECT_EQ(decoded().size(), expected) << rate_hz << ' ' << length;
    }
  }
}

TEST_F(Mp3, StaysInPlaceAndIsTheSameSound) {
  const auto pcm = swell(96'000);
  for (const int rate_hz : {16'000, 24'000}) {
    encode(pcm, {.sample_rate_hz = rate_hz, .bitrate_kbps = 32});
    const auto out = decoded();
    const std::size_t factor = static_cast<std::size_t>(48'000 / rate_hz);
    double error = 0;
    double energy = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      error += std::pow(out[i] - pcm[i * factor], 2);
      energy += std::pow(pcm[i * factor], 2);
    }
    EXPECT_LT(error, energy * 0.01) << rate_hz;  // one sample off would be 0.03 at 16 kHz
  }
}

TEST_F(Mp3, IsConstantTaggedAndDeterministic) {
  const auto pcm = swell(48'000 * 4);
  const Mp3Options options{
      .sample_rate_hz = 16'000, .bitrate_kbps = 16, .tags = {{"TITLE", "T\xc3\xadtulo"}, {"ARTIST", "Ella"}}};
  encode(pcm, options);
  const auto once = content();
  encode(pcm, options, 777);
  EXPECT_EQ(content(), once);
  EXPECT_EQ(once.substr(0, 4), std::string("ID3\x03", 4));
  EXPECT_NEAR(static_cast<double>(once.size()) * 8 / 4 / 1000, 16, 1);
  const auto probe = output_of("ffprobe -loglevel error -show_format -show_streams '" + path_().string() + "' 2>&1");
  for (const char* words :
       {"codec_name=mp3", "sample_rate=16000", "channels=1", "TAG:title=T\xc3\xadtulo", "TAG:artist=Ella"})
    EXPECT_THAT(probe, testing::HasSubstr(words));
}

TEST_F(Mp3, CarriesChaptersAndLastsAsLong) {
  const auto pcm = swell(48'000 * 2);
  Mp3Options options{.chapters = {{0, 48'000, "Ra\xc3\xadz"}, {48'000, 96'000, "no UTF-8: \xff"}}};
  encode(pcm, options);
  const auto probed = output_of("ffprobe -loglevel error -show_chapters '" + path_().string() + "' 2>&1");
  for (const char* words : {"end_time=1.000000", "TAG:title=Ra\xc3\xadz", "start_time=1.000000", "end_time=2.000000",
                            "TAG:title=no UTF-8: \xef\xbf\xbd"})
    EXPECT_THAT(probed, testing::HasSubstr(words));
  EXPECT_EQ(decoded().size(), 48'000U);
  const auto once = content();
  encode(pcm, options, 777);
  EXPECT_EQ(content(), once);
}

TEST_F(Mp3, RefusesWhatIsNotOffered) {
  const auto pcm = swell(1'000);
  const auto code = [&](std::span<const std::int16_t> sound, const Mp3Options& options) {
    try {
      encode(sound, options);
    } catch (const Failure& failure) {
      return failure.code();
    }
    return Errc::cancelled;
  };
  EXPECT_EQ(code(pcm, {.sample_rate_hz = 44'100}), Errc::usage);
  EXPECT_EQ(code(pcm, {.bitrate_kbps = 8}), Errc::usage);
  EXPECT_EQ(code(pcm, {.bitrate_kbps = 17}), Errc::usage);
  EXPECT_EQ(code({}, {}), Errc::input_empty);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Mp3, PassesOnWhatTheSourceThrows) {
  core::AtomicFile file(path_());
  EXPECT_THROW(
      encode_mp3([](std::span<std::int16_t>) -> std::size_t { throw Failure(Errc::cancelled, "stop"); }, {}, file),
      Failure);
}

}  // namespace
}  // namespace chasqui::audio
