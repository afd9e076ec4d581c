#include "core/atomic_file.hpp"
#include "opus/caf.hpp"
#include "opus/decoder.hpp"
#include "opus/webm.hpp"
#include "support/temporary_folder.hpp"
#include "unit/opus/support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace chasqui::opus {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

// Of two packets at least: ffmpeg 5.1 forgets the pre-skip of a WebM, and sometimes of an Ogg, that has its end trimmed
// in its first packet (a later packet's skip information replaces it). Shorter ones are tested with the own reader.
const std::vector<std::int64_t> odd_lengths{5'449, 8'327, 8'328, 8'329, 12'345, 99'991};

/// Files in a folder of their own, and ffmpeg as an independent reader of them.
class Formats : public testing::Test {
 protected:
  [[nodiscard]] static std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string output;
    std::array<char, 65'536> block;
    for (std::size_t got; (got = std::fread(block.data(), 1, block.size(), pipe.get())) > 0;)
      output.append(block.data(), got);
    return output;
  }

  [[nodiscard]] static std::vector<std::int16_t> by_ffmpeg(const fs::path& path) {
    const std::string raw =
        output_of("ffmpeg -nostdin -loglevel error -c:a libopus -i '" + path.string() + "' -f s16le -ac 1 - 2>&1");
    std::vector<std::int16_t> pcm(raw.size() / 2);
    std::memcpy(pcm.data(), raw.data(), pcm.size() * 2);
    return pcm;
  }

  [[nodiscard]] static Bytes content(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  fs::path ogg(std::span<const Packet> packets, std::int64_t length) const {
    const auto bytes = test::ogg_file(packets, length);
    core::AtomicFile file(folder_ / "x.opus");
    file.write(std::as_bytes(std::span(bytes)));
    file.commit();
    return folder_ / "x.opus";
  }

  fs::path webm(std::span<const Packet> packets, std::int64_t length, const WebmHeader& header = {}) const {
    core::AtomicFile file(folder_ / "x.webm");
    WebmWriter writer(header, file);
    for (const auto& packet : packets) writer.write(packet);
    writer.finish(length);
    file.commit();
    return folder_ / "x.webm";
  }

  fs::path caf(std::span<const Packet> packets, std::int64_t length) const {
    core::AtomicFile file(folder_ / "x.caf");
    CafWriter writer(encoder_lookahead(), {{"TITLE", "T\xc3\xadtulo"}, {"X", "y"}}, file);
    for (const auto& packet : packets) writer.write(packet);
    writer.finish(length);
    file.commit();
    return folder_ / "x.caf";
  }

  chasqui::test::TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
  std::vector<std::int16_t> pcm_ = test::voice(100'000);
};

TEST_F(Formats, OggAndWebmLastAsLongAsTheSoundInFfmpeg) {
  for (const std::int64_t length : odd_lengths) {
    const auto sound = std::span(pcm_).first(static_cast<std::size_t>(length));
    const auto packets = join_packets(test::encode_whole(sound, {.bitrate_kbps = 10, .complexity = 0}));
    const auto from_ogg = by_ffmpeg(ogg(packets, length));
    const auto from_webm = by_ffmpeg(webm(packets, length));
    EXPECT_EQ(std::ssize(from_ogg), length);
    EXPECT_EQ(std::ssize(from_webm), length);
    EXPECT_EQ(from_webm, from_ogg);
  }
}

TEST_F(Formats, OwnDecoderGivesWhatFfmpegGives) {
  const auto path = ogg(join_packets(test::encode_whole(pcm_, {.bitrate_kbps = 10})), std::ssize(pcm_));
  std::vector<std::int16_t> ours;
  const auto report =
      decode_stream(OggOpusReader::open(path).value(), {},
                    Int16Sink([&](std::span<const std::int16_t> s) { ours.insert(ours.end(), s.begin(), s.end()); }));
  ASSERT_TRUE(report);
  EXPECT_EQ(ours, by_ffmpeg(path));
}

TEST_F(Formats, WebmIsDeterministicAndCarriesTagsAndChapters) {
  const auto packets = join_packets(test::encode_whole(pcm_, {.bitrate_kbps = 8, .complexity = 0}));
  const WebmHeader header{.tags = {{"TITLE", "T\xc3\xadtulo"}, {"ARTIST", "Ella"}},
                          .chapters = {{0, 48'000, "Inicio"}, {48'000, 100'000, "Fin"}}};
  const auto once = content(webm(packets, std::ssize(pcm_), header));
  const auto path = webm(packets, std::ssize(pcm_), header);
  EXPECT_EQ(content(path), once);
  const std::string probe =
      output_of("ffprobe -loglevel error -show_format -show_chapters '" + path.string() + "' 2>&1");
  for (const char* words :
       {"TAG:title=T\xc3\xadtulo", "TAG:ARTIST=Ella", "TAG:title=Inicio", "TAG:title=Fin", "start_time=1.000000"})
    EXPECT_THAT(probe, testing::HasSubstr(words));
}

TEST_F(Formats, CafStatesItsLengthAndFfmpegDecodesItAll) {
  for (const int frame_ms : {20, 40, 60}) {
    for (const std::int64_t length : {8'327, 12'345}) {
      const auto sound = std::span(pcm_).first(static_cast<std::size_t>(length));
      const EncoderSettings settings{
          .bitrate_kbps = 10, .mode = Mode::silk, .frame_ms = frame_ms, .complexity = 0, .constant_bitrate = true};
      const auto packets = test::encode_whole(sound, settings);
      const auto path = caf(packets, length);
      const auto bytes = content(path);
      const auto at = std::ranges::search(bytes, std::string_view("pakt")).begin() - bytes.begin();
      const auto be = [&](std::ptrdiff_t offset, int size) {
        std::int64_t value = 0;
        for (int i = 0; i < size; ++i) value = value << 8 | bytes[static_cast<std::size_t>(at + 12 + offset + i)];
        return value;
      };
      const std::int64_t whole = std::ssize(packets) * frame_ms * 48;
      EXPECT_EQ(be(0, 8), std::ssize(packets));
      EXPECT_EQ(be(8, 8), length);
      EXPECT_EQ(be(16, 4), encoder_lookahead());
      EXPECT_EQ(be(16, 4) + be(20, 4) + length, whole);
      // ffmpeg's CAF reader leaves priming and remainder in; without them it is the Ogg file's sound.
      auto from_caf = by_ffmpeg(path);
      ASSERT_EQ(std::ssize(from_caf), whole);
      const auto from_ogg = by_ffmpeg(ogg(packets, length));
      from_caf.erase(from_caf.begin(), from_caf.begin() + encoder_lookahead());
      from_caf.resize(static_cast<std::size_t>(length));
      EXPECT_EQ(from_caf, from_ogg);
    }
  }
}

TEST_F(Formats, CafRefusesWhatApplePlayersRefuse) {
  const auto variable = test::encode_whole(pcm_, {.bitrate_kbps = 8});
  EXPECT_THROW(caf(variable, std::ssize(pcm_)), Failure);
  const auto constant = test::encode_whole(pcm_, {.bitrate_kbps = 8, .constant_bitrate = true});
  EXPECT_THROW(caf(join_packets(constant), std::ssize(pcm_)), Failure);
  EXPECT_THROW(caf(constant, 10), Failure);
  EXPECT_THROW(caf({}, 0), Failure);
  EXPECT_TRUE(fs::is_empty(folder_));
  EXPECT_EQ(content(caf(constant, std::ssize(pcm_))), content(caf(constant, std::ssize(pcm_))));
}

TEST_F(Formats, WebmRefusesALengthThatIsNotThere) {
  const auto packets = join_packets(test::encode_whole(pcm_, {.bitrate_kbps = 8, .complexity = 0}));
  EXPECT_THROW(webm(packets, 10), Failure);
  EXPECT_THROW(webm({}, 0), Failure);
  EXPECT_THROW(webm(packets, std::ssize(pcm_) + 5'760), Failure);
}

}  // namespace
}  // namespace chasqui::opus
