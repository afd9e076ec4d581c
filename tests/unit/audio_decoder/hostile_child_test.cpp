#include "audio/decoder_protocol.hpp"
#include "core/unique_fd.hpp"
#include "unit/audio_decoder/support.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <limits>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace chasqui::audio::test {
namespace {

namespace fs = std::filesystem;
using protocol::FrameType;
using testing::HasSubstr;

void append(Bytes& bytes, const void* data, std::size_t size) {
  const auto* begin = static_cast<const std::uint8_t*>(data);
  bytes.insert(bytes.end(), begin, begin + size);
}

Bytes frame(FrameType type, std::span<const std::byte> payload) {
  Bytes bytes;
  const protocol::FrameHeader header{static_cast<std::uint32_t>(type), static_cast<std::uint32_t>(payload.size())};
  append(bytes, &header, sizeof header);
  append(bytes, payload.data(), payload.size());
  return bytes;
}

Bytes info() {
  MediaInfo info;
  info.sample_rate_hz = 48'000;
  info.channels = 1;
  return frame(FrameType::info, protocol::encode(info));
}

Bytes pcm(std::span<const float> samples) {
  return frame(FrameType::pcm, std::as_bytes(samples));
}
Bytes end() {
  return frame(FrameType::end, protocol::encode(DecodeStats{}));
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// A child that says what the test wants, in place of the real one.
class HostileChildTest : public MediaTest {
 protected:
  [[nodiscard]] Outcome decode_with(const Bytes& output, const std::string& then = "",
                                    DecoderOptions options = {}) const {
    write("output", output);
    const std::string script = "#!/bin/sh\n/bin/cat '" + file("output").string() + "'\n" + then + "\n";
    options.program = write("child", Bytes(script.begin(), script.end()));
    fs::permissions(options.program, fs::perms::owner_all);
    return decode(write("input", Bytes(10)), options);
  }
  void expect(Errc code, const Bytes& output, const std::string& then = "", DecoderOptions options = {}) const {
    const Outcome outcome = decode_with(output, then, std::move(options));
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, code) << outcome.error->message;
  }
};

TEST_F(HostileChildTest, IsUnderstoodWhenItKeepsToTheProtocol) {
  const Outcome outcome = decode_with(info() + pcm(std::vector<float>{.5F, -.5F}) + end());
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.samples, (std::vector<float>{.5F, -.5F}));
}

TEST_F(HostileChildTest, MayNotBreakTheProtocol) {
  const std::vector<float> two{0, 0};
  const protocol::FrameHeader huge{static_cast<std::uint32_t>(FrameType::info), 0xFFFFFFFF};
  Bytes huge_info;
  append(huge_info, &huge, sizeof huge);
  const Bytes odd = info() + frame(FrameType::pcm, std::vector<std::byte>(6));
  const Bytes cases[] = {
      {},
      {1},
      noise_bytes(100, 1),
      end(),
      pcm(two),
      huge_info,
      info() + info(),
      info() + frame(FrameType::pcm, {}),
      odd,
      info() + pcm(std::vector<float>(70'000)) + end(),  // longer than a frame may be
      info() + pcm(two),                                 // ends without its last word
      info() + pcm(two) + frame(FrameType::end, {}),
      info() + pcm(two) + frame(FrameType::error, {}),
      frame(FrameType::info, std::vector<std::byte>(1'000)),
  };
  for (const Bytes& output : cases) expect(Errc::decoder_crashed, output);
}

TEST_F(HostileChildTest, CannotSendSamplesThatAreNone) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  const Outcome outcome = decode_with(info() + pcm(std::vector<float>{nan, infinite, -infinite, 1e30F, 1.5F}) + end());
  EXPECT_EQ(outcome.samples, (std::vector<float>{0, 8, -8, 8, 1.5F}));
}

TEST_F(HostileChildTest, CannotSendMoreThanIsAllowed) {
  Bytes output = info();
  for (int i = 0; i < 10; ++i) output = output + pcm(std::vector<float>(10'000));
  expect(Errc::input_too_long, output + end(), "", {.longest = std::chrono::seconds(2)});
}

TEST_F(HostileChildTest, CannotWriteToTheTerminal) {
  const Outcome outcome =
      decode_with(frame(FrameType::error, protocol::encode(Error{Errc::input_corrupt, "\x1B[2Jowned\n\x07"})));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->message, file("input").string() + ": [2Jowned");
}

TEST_F(HostileChildTest, IsNamedByItsWayOfDying) {
  const Bytes start = info() + pcm(std::vector<float>{0});
  for (const char* signal : {"SEGV", "SYS", "ABRT", "KILL", "BUS"}) {
    const Outcome outcome = decode_with(start, "kill -" + std::string(signal) + " $$");
    EXPECT_EQ(outcome.samples.size(), 1U);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, Errc::decoder_crashed);
    EXPECT_THAT(outcome.error->message, HasSubstr("SIG" + std::string(signal)));
  }
  expect(Errc::decoder_limit, start, "kill -XCPU $$");
  expect(Errc::decoder_crashed, start, "exit 3");
}

TEST_F(HostileChildTest, CannotHoldItsParentUp) {
  EXPECT_FALSE(decode_with(info() + pcm(std::vector<float>{0}) + end(), "exec /bin/sleep 1000").error);
  expect(Errc::decoder_crashed, info(), "exec 1>&-; exec /bin/sleep 1000");
  expect(Errc::decoder_stalled, info(), "exec /bin/sleep 1000", {.stall = std::chrono::seconds(1)});
}

TEST_F(HostileChildTest, GetsNoEnvironmentAndNoOtherFiles) {
  // fd 255 or 10 may be dash's own copy of its script.
  const core::UniqueFd leak(::open("/dev/zero", O_RDONLY));  // not close-on-exec, as foreign code may do
  ASSERT_GE(leak.get(), 3);
  const std::string look =
      "(/usr/bin/env; for f in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$f ] && echo $f; done) | "
      "/bin/grep -vE '^(PWD|SHLVL|_|OLDPWD)=' > '" +
      file("seen").string() + "'";
  (void)decode_with(info() + end(), look + "; exit 0", {});
  const Bytes seen = read(file("seen"));
  EXPECT_EQ(std::string(seen.begin(), seen.end()), "");
}

/// The real child.
class RealChildTest : public MediaTest {
 protected:
  static pid_t child_of(pid_t parent) {
    for (const auto& entry : fs::directory_iterator("/proc")) {
      std::ifstream in(entry.path() / "stat");
      std::string line;
      if (!std::getline(in, line)) continue;
      const auto after_name = line.rfind(") ");
      if (after_name == std::string::npos || line.find("(chasqui-decode)") == std::string::npos) continue;
      if (std::stoi(line.substr(after_name + 4)) == parent) return std::stoi(line);
    }
    return -1;
  }
};

TEST_F(RealChildTest, MayDieInMidStream) {
  for (const auto& [signal, code] :
       {std::pair{SIGKILL, Errc::decoder_crashed}, std::pair{SIGSEGV, Errc::decoder_crashed},
        std::pair{SIGXCPU, Errc::decoder_limit}}) {
#ifdef CHASQUI_SANITIZED
    if (signal == SIGSEGV) continue;  // the sanitizer catches it and exits
#endif
    auto decoder = Decoder::open(make("a.wav", 30));
    ASSERT_TRUE(decoder);
    std::vector<float> piece(4'800);
    ASSERT_TRUE(decoder->read(piece));
    ASSERT_EQ(::kill(child_of(::getpid()), signal), 0);
    auto frames = decoder->read(piece);
    while (frames && *frames > 0) frames = decoder->read(piece);
    ASSERT_FALSE(frames);
    EXPECT_EQ(frames.error().code, code);
  }
}

TEST_F(RealChildTest, RunsLockedIn) {
  const auto decoder = Decoder::open(make("a.wav", 30));
  ASSERT_TRUE(decoder);
  std::ifstream in("/proc/" + std::to_string(child_of(::getpid())) + "/status");
  const std::string status{std::istreambuf_iterator<char>(in), {}};
  EXPECT_THAT(status, HasSubstr("Seccomp:\t2"));
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1"));
}

TEST_F(RealChildTest, DiesWithItsParent) {
  const auto path = make("a.wav", 30);
  int ready[2];
  ASSERT_EQ(::pipe2(ready, O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    const auto decoder = Decoder::open(path);
    const pid_t child = child_of(::getpid());
    if (!decoder || ::write(ready[1], &child, sizeof child) != sizeof child) ::_exit(1);
    ::pause();
  }
  pid_t child = -1;
  ASSERT_EQ(::read(ready[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  const core::UniqueFd watch(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  ASSERT_TRUE(watch.valid());
  ASSERT_EQ(::kill(parent, SIGKILL), 0);
  ::waitpid(parent, nullptr, 0);
  pollfd ended{watch.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 10'000), 1);
  ::close(ready[0]);
  ::close(ready[1]);
}

}  // namespace
}  // namespace chasqui::audio::test
