#include "quality/compare.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdlib.h>

namespace chasqui::quality {
namespace {

namespace fs = std::filesystem;

constexpr const char* speech = "/usr/share/asterisk/sounds/es_MX_f_Allison/demo-congrats.g722";

// Real speech through a real codec: ffmpeg with libopus, into a folder of its own.
class OpusRates : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs::exists(speech)) << "install asterisk-core-sounds-es-g722"; }

  void ffmpeg(const std::string& arguments) const {
    const std::string command = "ffmpeg -nostdin -v error -y " + arguments;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    ASSERT_EQ(::pclose(pipe), 0) << command;
  }
  [[nodiscard]] std::vector<float> pcm(const fs::path& input, const std::string& demuxer) const {
    const fs::path raw = folder_ / "pcm.f32";
    ffmpeg(demuxer + " -i " + input.string() + " -t 12 -ac 1 -ar 16000 -f f32le " + raw.string());
    std::vector<float> samples(fs::file_size(raw) / sizeof(float));
    std::ifstream(raw, std::ios::binary)
        .read(reinterpret_cast<char*>(samples.data()), static_cast<std::streamsize>(fs::file_size(raw)));
    return samples;
  }

  chasqui::test::TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
};

TEST_F(OpusRates, ScoresRiseWithTheBitrate) {
  const auto reference = pcm(speech, "-f g722");
  double estoi = 0;
  double nsim = 0;
  for (const int kbps : {6, 9, 14, 24}) {
    const fs::path coded = folder_ / "coded.opus";
    ffmpeg("-f g722 -i " + std::string(speech) + " -t 12 -c:a libopus -application voip -frame_duration 60 -b:a " +
           std::to_string(kbps) + "k " + coded.string());
    const auto result = compare({reference, 16'000}, {pcm(coded, ""), 16'000});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_LE(std::abs(result->lag_s), 0.001) << kbps;
    EXPECT_GT(result->estoi.mean, estoi) << kbps;
    EXPECT_GT(result->nsim.mean, nsim) << kbps;
    estoi = result->estoi.mean;
    nsim = result->nsim.mean;
  }
  EXPECT_GT(estoi, 0.9);
}

}  // namespace
}  // namespace chasqui::quality
