#include "audio/decoder_child/frame_writer.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

namespace chasqui::audio::decoder_child {

void FrameWriter::write(protocol::FrameType type, std::span<const std::byte> payload) const {
  protocol::FrameHeader header{static_cast<std::uint32_t>(type), static_cast<std::uint32_t>(payload.size())};
  // In one call: every call may wake the reader.
  std::array<iovec, 2> parts{iovec{&header, sizeof header},
                             iovec{const_cast<std::byte*>(payload.data()), payload.size()}};
  for (std::size_t at = 0; at < parts.size();) {
    const ssize_t written = ::writev(fd_, &parts[at], static_cast<int>(parts.size() - at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw Failure(Errc::internal,
                    fmt::format("writing to the pipe failed: {}", std::generic_category().message(errno)));
    auto left = static_cast<std::size_t>(written);
    for (; at < parts.size() && left >= parts[at].iov_len; ++at) left -= parts[at].iov_len;
    if (left == 0) continue;
    parts[at].iov_base = static_cast<std::byte*>(parts[at].iov_base) + left;
    parts[at].iov_len -= left;
  }
}

PcmWriter::PcmWriter(const FrameWriter& writer) : writer_(writer), samples_(protocol::max_pcm_bytes / sizeof(float)) {}

float* PcmWriter::room(std::size_t samples) {
  if (used_ + samples > capacity()) flush();
  return samples_.data() + used_;
}

void PcmWriter::flush() {
  if (used_ == 0) return;
  writer_.write(protocol::FrameType::pcm, std::as_bytes(std::span(samples_).first(used_)));
  used_ = 0;
}

}  // namespace chasqui::audio::decoder_child
