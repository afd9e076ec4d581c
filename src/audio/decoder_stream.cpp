#include "audio/decoder_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <poll.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace chasqui::audio {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t buffer_bytes = 2 * protocol::max_pcm_bytes;

}  // namespace

void DecoderStream::Wake::operator()() const noexcept {
  const std::uint64_t one = 1;
  // Can only fail when the counter is full, and then the event is set already.
  [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
}

DecoderStream::DecoderStream(DecoderProcess process, core::UniqueFd wake, std::chrono::seconds stall,
                             std::stop_token stop)
    : process_(std::move(process)),
      stall_(stall),
      stop_(std::move(stop)),
      wake_fd_(std::move(wake)),
      wake_(stop_, Wake{wake_fd_.get()}),
      buffer_(buffer_bytes) {}

Result<DecoderStream::Frame> DecoderStream::next() {
  if (stop_.stop_requested()) return std::unexpected(fail({Errc::cancelled, "stopped on request"}));
  protocol::FrameHeader header;
  if (auto filled = fill(sizeof header); !filled) return std::unexpected(filled.error());
  std::memcpy(&header, buffer_.data() + begin_, sizeof header);
  const auto limit = protocol::max_bytes(header.type);
  if (!limit || header.bytes > *limit)
    return std::unexpected(fail({Errc::decoder_crashed, "the decoder process sent what no decoder sends"}));
  begin_ += sizeof header;
  if (auto filled = fill(header.bytes); !filled) return std::unexpected(filled.error());
  const Frame frame{static_cast<protocol::FrameType>(header.type), std::span(buffer_).subspan(begin_, header.bytes)};
  begin_ += header.bytes;
  return frame;
}

/// At least `bytes` beyond begin_, in one piece.
Result<void> DecoderStream::fill(std::size_t bytes) {
  if (end_ - begin_ >= bytes) return {};
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  if (buffer_.size() < bytes) buffer_.resize(bytes);
  while (end_ < bytes) {
    const auto progress = read_some();
    if (!progress) return std::unexpected(progress.error());
    if (*progress) continue;
    if (auto waited = wait(); !waited) return waited;
  }
  return {};
}

/// False when there is nothing to read at the moment.
Result<bool> DecoderStream::read_some() {
  const ssize_t got = ::read(process_.output(), buffer_.data() + end_, buffer_.size() - end_);
  if (got > 0) {
    end_ += static_cast<std::size_t>(got);
    return true;
  }
  if (got == 0) return std::unexpected(process_.reap());
  if (errno == EINTR) return true;
  if (errno == EAGAIN) return false;
  return std::unexpected(fail({Errc::internal, fmt::format("reading from the decoder process failed: {}",
                                                           std::generic_category().message(errno))}));
}

/// For the child's next output, a stop, or the end of its patience. Only time spent waiting here counts as a stall.
Result<void> DecoderStream::wait() {
  const auto deadline = Clock::now() + stall_;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0)
      return std::unexpected(fail(
          {Errc::decoder_stalled, fmt::format("the decoder process gave nothing for {} s and was ended: the file is "
                                              "damaged or made to harm, or its source stands still",
                                              stall_.count())}));
    std::array<pollfd, 2> fds{pollfd{process_.output(), POLLIN, 0}, pollfd{wake_fd_.get(), POLLIN, 0}};
    const int ready = ::poll(fds.data(), fds.size(), static_cast<int>(std::min<std::int64_t>(left, 1 << 30)));
    if (ready < 0 && errno != EINTR)
      return std::unexpected(fail({Errc::internal, fmt::format("waiting for the decoder process failed: {}",
                                                               std::generic_category().message(errno))}));
    if (stop_.stop_requested()) return std::unexpected(fail({Errc::cancelled, "stopped on request"}));
    if (ready > 0 && fds[0].revents != 0) return {};
  }
}

Error DecoderStream::fail(Error error) {
  process_.end();
  return error;
}

}  // namespace chasqui::audio
