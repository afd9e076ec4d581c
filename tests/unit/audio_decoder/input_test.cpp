#include "audio/decoder_child/input.hpp"

#include "audio/decoder_child/frame_writer.hpp"
#include "audio/decoder_child/session.hpp"
#include "audio/decoder_protocol.hpp"
#include "core/unique_fd.hpp"
#include "unit/audio_decoder/support.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <thread>
#include <unistd.h>

namespace chasqui::audio::decoder_child {
namespace {

using core::UniqueFd;
using test::MediaTest;

/// All frames that a session in this very process (where sanitizers see everything) writes about `input`.
std::vector<std::pair<protocol::FrameType, std::vector<std::byte>>> serve_here(int input_fd) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  std::jthread session([input_fd, output = std::move(writing)] {
    Input input(input_fd);
    serve(input, FrameWriter(output.get()), std::chrono::seconds(100));
  });
  std::vector<std::byte> all;
  std::array<std::byte, 4096> piece{};
  // The session's end closes the pipe only when the thread's function is destroyed, hence the last frame ends it.
  std::vector<std::pair<protocol::FrameType, std::vector<std::byte>>> frames;
  for (ssize_t got = 0; (got = ::read(reading.get(), piece.data(), piece.size())) > 0;) {
    all.insert(all.end(), piece.begin(), piece.begin() + got);
    protocol::FrameHeader header;
    while (all.size() >= sizeof header) {
      std::memcpy(&header, all.data(), sizeof header);
      if (all.size() < sizeof header + header.bytes) break;
      const auto begin = all.begin() + sizeof header;
      frames.emplace_back(static_cast<protocol::FrameType>(header.type), std::vector(begin, begin + header.bytes));
      all.erase(all.begin(), begin + header.bytes);
    }
    if (!frames.empty() &&
        (frames.back().first == protocol::FrameType::end || frames.back().first == protocol::FrameType::error))
      break;
  }
  return frames;
}

TEST_F(MediaTest, SessionTellsAReadErrorFromTheEnd) {
  // The controlling side of a terminal gives what was written to the other side, and then EIO once that is closed.
  const UniqueFd terminal(::posix_openpt(O_RDWR | O_NOCTTY));
  ASSERT_TRUE(terminal.valid() && ::grantpt(terminal.get()) == 0 && ::unlockpt(terminal.get()) == 0);
  std::array<char, 64> name{};
  ASSERT_EQ(::ptsname_r(terminal.get(), name.data(), name.size()), 0);
  {
    const UniqueFd other(::open(name.data(), O_RDWR | O_NOCTTY));
    termios raw{};
    ASSERT_EQ(::tcgetattr(other.get(), &raw), 0);
    ::cfmakeraw(&raw);
    ASSERT_EQ(::tcsetattr(other.get(), TCSANOW, &raw), 0);
    auto bytes = test::wav_of(test::glide(1));
    bytes.resize(2'000);
    ASSERT_EQ(::write(other.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  const auto frames = serve_here(terminal.get());
  ASSERT_FALSE(frames.empty());
  ASSERT_EQ(frames.back().first, protocol::FrameType::error);
  const auto error = protocol::decode_error(frames.back().second);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::input_unreadable) << error->message;
  EXPECT_NE(error->message.find(std::strerror(EIO)), std::string::npos)
      << error->message;  // NOLINT(concurrency-mt-unsafe)
}

TEST_F(MediaTest, SessionEndsWithItsLastWord) {
  for (const char* name : {"a.mp3", "a.m4a", "a.flac", "a.opus", "a.wma"}) {
    const UniqueFd input(::open(make(name, 1).c_str(), O_RDONLY | O_CLOEXEC));
    const auto frames = serve_here(input.get());
    ASSERT_GE(frames.size(), 3U) << name;
    EXPECT_EQ(frames.front().first, protocol::FrameType::info);
    EXPECT_EQ(frames.back().first, protocol::FrameType::end);
    EXPECT_TRUE(protocol::decode_info(frames.front().second)) << name;
  }
}

TEST_F(MediaTest, InputPeeksWithoutMoving) {
  const auto bytes = test::noise_bytes(5'000, 3);
  const UniqueFd fd(::open(write("noise", bytes).c_str(), O_RDONLY | O_CLOEXEC));
  Input input(fd.get());
  EXPECT_EQ(input.size(), 5'000);
  EXPECT_TRUE(std::ranges::equal(input.peek(100, 50), std::span(bytes).subspan(100, 50)));
  EXPECT_EQ(input.peek(4'990, 50).size(), 10U);
  EXPECT_TRUE(input.peek(9'000, 50).empty());
  EXPECT_FALSE(input.hit_end());
  EXPECT_EQ(input.error(), 0);
}

}  // namespace
}  // namespace chasqui::audio::decoder_child
