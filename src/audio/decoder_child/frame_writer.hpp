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
  explicit PcmWriter(const FrameWriter& writer);

  /// Room for so many samples, at most `capacity()`.
  float* room(std::size_t samples);
  void filled(std::size_t samples) { used_ += samples; }
  void flush();

  [[nodiscard]] std::size_t capacity() const noexcept { return samples_.size(); }

 private:
  const FrameWriter& writer_;
  std::vector<float> samples_;
  std::size_t used_ = 0;
};

}  // namespace chasqui::audio::decoder_child
