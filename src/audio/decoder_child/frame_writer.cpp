#include "audio/decoder_child/frame_writer.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace chasqui::audio::decoder_child {

void FrameWriter::write(protocol::FrameType type, std::span<const std::byte> payload) const {
  const protocol::FrameHeader header{static_cast<std::uint32_t>(type), static_cast<std::uint32_t>(payload.size())};
  write_all(std::as_bytes(std::span(&header, 1)));
  write_all(payload);
}

void FrameWriter::write_all(std::span<const std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw Failure(Errc::internal,
                    fmt::format("writing to the pipe failed: {}", std::generic_category().message(errno)));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

PcmWriter::PcmWriter(const FrameWriter& writer, int channels)
    : writer_(writer),
      channels_(static_cast<std::size_t>(channels)),
      samples_(protocol::max_pcm_bytes / sizeof(float)) {}

std::size_t PcmWriter::capacity() const noexcept {
  return samples_.size() / channels_;
}

float* PcmWriter::room(std::size_t frames) {
  if (used_ + frames > capacity()) flush();
  return samples_.data() + used_ * channels_;
}

void PcmWriter::flush() {
  if (used_ == 0) return;
  writer_.write(protocol::FrameType::pcm, std::as_bytes(std::span(samples_).first(used_ * channels_)));
  used_ = 0;
}

}  // namespace chasqui::audio::decoder_child
