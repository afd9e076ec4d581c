#pragma once

#include "audio/decoder_protocol.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace chasqui::audio::decoder_child {

/// Writes the frames of the protocol to a pipe, blocking. Throws Failure(internal) when that fails; a parent that went
/// away is a SIGPIPE.
class FrameWriter {
 public:
  explicit FrameWriter(int fd) : fd_(fd) {}
  void write(protocol::FrameType type, std::span<const std::byte> payload) const;

 private:
  int fd_;
};

/// Collects sound into frames of nearly max_pcm_bytes. The sound is made in place: ask for room, fill it, say how much.
class PcmWriter {
 public:
  PcmWriter(const FrameWriter& writer, int channels);

  /// Room for `frames` (at most `capacity()`), interleaved.
  float* room(std::size_t frames);
  void filled(std::size_t frames) { used_ += frames; }
  void flush();

  [[nodiscard]] std::size_t capacity() const noexcept;

 private:
  const FrameWriter& writer_;
  std::size_t channels_;
  std::vector<float> samples_;
  std::size_t used_ = 0;  // in frames
};

}  // namespace chasqui::audio::decoder_child
