#include "audio/decoder_child/input.hpp"

#include "audio/decoder_child/av.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace chasqui::audio::decoder_child {
namespace {

constexpr int buffer_bytes = 64 << 10;

}  // namespace

Input::Input(int fd) : fd_(fd), context_(nullptr) {
  struct stat status{};
  if (::fstat(fd_, &status) != 0) error_ = errno;
  seekable_ = S_ISREG(status.st_mode) || S_ISBLK(status.st_mode);
  // Files of /proc have a size of 0 and content none the less.
  if (const off_t end = ::lseek(fd_, 0, SEEK_END); seekable_ && end > 0) size_ = end;
  auto* buffer = static_cast<std::uint8_t*>(check_memory(av_malloc(buffer_bytes)));
  context_ =
      check_memory(avio_alloc_context(buffer, buffer_bytes, 0, this, on_read, nullptr, seekable_ ? on_seek : nullptr));
  context_->seekable = seekable_ ? AVIO_SEEKABLE_NORMAL : 0;
}

Input::~Input() {
  av_freep(static_cast<void*>(&context_->buffer));  // may have been replaced by libav
  avio_context_free(&context_);
}

std::span<const std::uint8_t> Input::peek(std::size_t offset, std::size_t bytes) {
  if (seekable_) {
    ahead_.resize(bytes);
    std::size_t got = 0;
    while (got < bytes) {
      const auto more = read_file(std::span(ahead_).subspan(got), static_cast<std::int64_t>(offset + got));
      if (more <= 0) break;
      got += static_cast<std::size_t>(more);
    }
    return std::span(ahead_).first(got);
  }
  const std::size_t wanted = std::min(offset + bytes, max_ahead);
  while (ahead_.size() < wanted) {
    const std::size_t had = ahead_.size();
    ahead_.resize(wanted);
    const auto more = read_stream(std::span(ahead_).subspan(had));
    ahead_.resize(had + static_cast<std::size_t>(std::max<std::int64_t>(more, 0)));
    if (more <= 0) break;
  }
  const std::size_t begin = std::min(offset, ahead_.size());
  return std::span(ahead_).subspan(begin, std::min(bytes, ahead_.size() - begin));
}

std::int64_t Input::read(std::span<std::uint8_t> out) {
  if (seekable_) {
    const auto got = read_file(out, position_);
    if (got > 0) position_ += got;
    return got;
  }
  const auto position = static_cast<std::size_t>(position_);
  if (position < ahead_.size()) {
    const std::size_t count = std::min(out.size(), ahead_.size() - position);
    std::memcpy(out.data(), ahead_.data() + position, count);
    position_ += static_cast<std::int64_t>(count);
    return static_cast<std::int64_t>(count);
  }
  const auto got = read_stream(out);
  if (got > 0) position_ += got;
  return got;
}

std::int64_t Input::read_file(std::span<std::uint8_t> out, std::int64_t offset) {
  for (;;) {
    const ssize_t got = ::pread(fd_, out.data(), out.size(), offset);
    if (got >= 0) return got;
    if (errno == EINTR) continue;
    error_ = errno;
    return -error_;
  }
}

std::int64_t Input::read_stream(std::span<std::uint8_t> out) {
  for (;;) {
    // Before a FIFO has its first writer a read would claim the end of the file; poll waits.
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, -1) < 0 && errno == EINTR) continue;
    const ssize_t got = ::read(fd_, out.data(), out.size());
    if (got >= 0) return got;
    if (errno == EINTR || errno == EAGAIN) continue;
    error_ = errno;
    return -error_;
  }
}

int Input::on_read(void* self, std::uint8_t* data, int bytes) {
  auto& input = *static_cast<Input*>(self);
  const auto got = input.read({data, static_cast<std::size_t>(bytes)});
  if (got > 0) return static_cast<int>(got);
  if (got < 0) return AVERROR(input.error_);
  input.hit_end_ = true;
  return AVERROR_EOF;
}

std::int64_t Input::on_seek(void* self, std::int64_t offset, int whence) {
  auto& input = *static_cast<Input*>(self);
  switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE:
      return input.size_ >= 0 ? input.size_ : AVERROR(ENOSYS);
    case SEEK_CUR:
      offset += input.position_;
      break;
    case SEEK_END:
      if (input.size_ < 0) return AVERROR(ENOSYS);
      offset += input.size_;
      break;
    case SEEK_SET:
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  return input.position_ = offset;
}

}  // namespace chasqui::audio::decoder_child
