#include "unit/audio_decoder/support.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fcntl.h>
#include <future>
#include <limits>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace chasqui::audio::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class ErrorsTest : public MediaTest {
 protected:
  static void expect(Errc code, const fs::path& path, DecoderOptions options = {}) {
    const Outcome outcome = decode(path, std::move(options));
    ASSERT_TRUE(outcome.error) << path << " gave " << outcome.seconds() << " s";
    EXPECT_EQ(outcome.error->code, code) << outcome.error->message;
    EXPECT_THAT(outcome.error->message, HasSubstr(path.string()));
    EXPECT_EQ(outcome.error->message.find('\n'), std::string::npos);
  }
  [[nodiscard]] fs::path write_text(std::string_view name, std::string_view text) const {
    return write(name, Bytes(text.begin(), text.end()));
  }
};

TEST_F(ErrorsTest, NamesAFileThatIsNotThere) {
  expect(Errc::input_missing, file("none.mp3"));
  expect(Errc::input_missing, write_text("file", "x") / "below.mp3");
}

TEST_F(ErrorsTest, NamesWhatCannotBeRead) {
  expect(Errc::input_unreadable, folder_);
  expect(Errc::input_unreadable, "/proc/self/mem");  // reading its first byte is an I/O error
  if (::geteuid() == 0) return;                      // root may read anything
  const auto secret = make("secret.wav", 1);
  fs::permissions(secret, fs::perms::none);
  expect(Errc::input_unreadable, secret);
}

TEST_F(ErrorsTest, NamesWhatIsEmpty) {
  expect(Errc::input_empty, write("empty.mp3", {}));
  expect(Errc::input_empty, "/dev/null");
  expect(Errc::input_empty, write("silent.wav", wav(1, 16, 1, 48'000, {})));
}

TEST_F(ErrorsTest, NamesWhatIsNotMedia) {
  expect(Errc::input_unsupported, write_text("notes.mp3", "Only some words about a lesson.\n"));
  expect(Errc::input_unsupported, write_text("page.mp3", "<!doctype html><html><body>404</body></html>"));
  // Playlists and scripts, through which libav would open other files.
  expect(Errc::input_unsupported, write_text("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n"));
  expect(Errc::input_unsupported, write_text("concat.txt", "ffconcat version 1.0\nfile /etc/passwd\n"));
  expect(Errc::input_unsupported,
         write_text("a.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n"));
  expect(Errc::input_unsupported, write("zeros.mp3", Bytes(100'000)));
  ffmpeg("-f lavfi -i testsrc=s=64x48 -frames:v 1 picture.png");
  expect(Errc::input_unsupported, file("picture.png"));
}

TEST_F(ErrorsTest, NamesAVideoWithoutSound) {
  ffmpeg("-f lavfi -i testsrc=s=64x48:d=1 -c:v mpeg4 mute.mp4");
  expect(Errc::input_no_audio, file("mute.mp4"));
}

TEST_F(ErrorsTest, NamesRatesOutOfReach) {
  expect(Errc::input_unsupported, write("slow.wav", wav(1, 16, 1, 1'000, Bytes(8'000))));
  expect(Errc::input_unsupported, write("fast.wav", wav(1, 16, 1, 768'000, Bytes(80'000))));
}

TEST_F(ErrorsTest, StopsAtTheLongestAllowed) {
  const DecoderOptions options{.longest = std::chrono::seconds(5)};
  for (const char* name : {"bomb.flac", "bomb.opus", "bomb.m4a", "bomb.wav"}) {
    ffmpeg("-f lavfi -i anullsrc=r=48000:cl=mono -t 60 " + std::string(name));
    expect(Errc::input_too_long, file(name), options);
  }
  const Outcome outcome = decode(make("five.wav", 5), options);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.samples.size(), 5 * 48'000U);
}

TEST_F(ErrorsTest, AcceptsAnyLimitOnLength) {
  const auto path = make("a.wav", 1);
  EXPECT_FALSE(decode(path, {.longest = std::chrono::seconds::max()}).error);
}

TEST_F(ErrorsTest, NamesTheDecoderThatIsMissing) {
  const auto path = make("a.wav", 1);
  for (const auto& program : {file("nowhere"), path}) {
    const Outcome outcome = decode(path, {.program = program});
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, Errc::unavailable);
    EXPECT_THAT(outcome.error->message, HasSubstr(program.string()));
  }
}

TEST_F(ErrorsTest, StopsAtTheMemoryLimit) {
#ifdef CHASQUI_SANITIZED
  GTEST_SKIP() << "sanitizers need all the address space";
#endif
  expect(Errc::decoder_limit, make("a.mp3", 1), {.memory_bytes = 1 << 20});
}

TEST_F(ErrorsTest, ReadsAPipe) {
  const Bytes mp3 = read(make("a.mp3", 2));
  const auto fifo = file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const std::jthread writer([&] { write("fifo", mp3); });
  const Outcome outcome = decode(fifo);
  ASSERT_FALSE(outcome.error) << outcome.error->message;
  EXPECT_NEAR(outcome.seconds(), 2, 0.05);
}

TEST_F(ErrorsTest, SaysWhatAPipeCannotDo) {
  const Bytes m4a = read(make("a.m4a", 30));  // its index is at the end
  const auto fifo = file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  ::signal(SIGPIPE, SIG_IGN);
  const std::jthread writer([&] { write("fifo", m4a); });
  const Outcome outcome = decode(fifo);
  ASSERT_TRUE(outcome.error);
  EXPECT_THAT(outcome.error->message, HasSubstr("pipe"));
}

TEST_F(ErrorsTest, GivesUpOnASourceThatStandsStill) {
  const auto fifo = file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  expect(Errc::decoder_stalled, fifo, {.stall = std::chrono::seconds(1)});
}

TEST_F(ErrorsTest, StopsOnRequestWhileItWaits) {
  const auto fifo = file("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  std::stop_source stop;
  auto outcome = std::async(std::launch::async, [&] { return decode(fifo, {.stop = stop.get_token()}); });
  stop.request_stop();
  EXPECT_EQ(outcome.get().error->code, Errc::cancelled);
}

TEST_F(ErrorsTest, StopsOnRequestInMidStream) {
  std::stop_source stop;
  auto decoder = Decoder::open(make("a.wav", 30), {.stop = stop.get_token()});
  ASSERT_TRUE(decoder);
  std::vector<float> piece(4'800);
  ASSERT_EQ(decoder->read(piece).value(), 4'800U);
  stop.request_stop();
  for (;;) {  // what has come through the pipe already may be given
    const auto frames = decoder->read(piece);
    if (frames) {
      ASSERT_GT(*frames, 0U);
      continue;
    }
    EXPECT_EQ(frames.error().code, Errc::cancelled);
    break;
  }
  EXPECT_EQ(decoder->read(piece).error().code, Errc::cancelled);
}

std::ptrdiff_t open_files() {
  return std::distance(fs::directory_iterator("/proc/self/fd"), {});
}

TEST_F(ErrorsTest, LeavesNothingOpen) {
  const auto good = make("a.wav", 1);
  const auto bad = write_text("bad.mp3", "not media");
  (void)decode(good);
  const auto before = open_files();
  (void)decode(good);
  (void)decode(bad);
  (void)decode(file("none"));
  (void)decode(good, {.program = file("nowhere")});
  {
    const auto abandoned = Decoder::open(good);
  }
  EXPECT_EQ(open_files(), before);
}

TEST_F(ErrorsTest, WorksInManyThreadsAtOnce) {
  const auto path = make("a.mp3", 2);
  const auto expected = decode(path).samples;
  std::vector<std::future<Outcome>> outcomes;
  for (int i = 0; i < 8; ++i) outcomes.push_back(std::async(std::launch::async, [&] { return decode(path); }));
  for (auto& outcome : outcomes) EXPECT_EQ(outcome.get().samples, expected);
}

TEST_F(ErrorsTest, MayBeHandedFromThreadToThread) {
  const auto path = make("a.wav", 20);  // more than the pipe holds
  Result<Decoder> decoder = std::async(std::launch::async, [&] { return Decoder::open(path); }).get();
  ASSERT_TRUE(decoder);
  std::vector<float> piece(48'000);
  std::size_t frames = 0;
  while (const std::size_t got = decoder->read(piece).value()) frames += got;
  EXPECT_EQ(frames, 20 * 48'000U);
}

TEST_F(ErrorsTest, WorksWithoutStandardDescriptors) {
  const auto path = make("a.wav", 1);
  const pid_t pid = ::fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    for (const int fd : {0, 1, 2}) ::close(fd);
    ::_exit(decode(path).samples.size() == 48'000 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace chasqui::audio::test
