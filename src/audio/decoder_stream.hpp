#pragma once

#include "audio/decoder_process.hpp"
#include "audio/decoder_protocol.hpp"
#include "core/unique_fd.hpp"

#include <chasqui/error.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::audio {

/// Takes the frames of a decoder process off its pipe, with a stall limit and an immediate stop. Holds one piece of the
/// pipe's content; lengths are checked before memory is reserved. For one thread.
class DecoderStream {
 public:
  /// A frame whose payload is valid until the next call.
  struct Frame {
    protocol::FrameType type;
    std::span<const std::byte> payload;
  };

  /// `wake`: an eventfd that a stop request will make readable.
  DecoderStream(DecoderProcess process, core::UniqueFd wake, std::chrono::seconds stall, std::stop_token stop);

  /// The next frame; waits for it. Errors (decoder_crashed, decoder_limit, decoder_stalled, cancelled) end the child.
  Result<Frame> next();
  /// Ends the child.
  void end() noexcept { process_.end(); }

 private:
  Result<void> fill(std::size_t bytes);
  Result<bool> read_some();
  Result<void> wait();
  Error fail(Error error);

  struct Wake {
    int fd;
    void operator()() const noexcept;
  };

  DecoderProcess process_;
  std::chrono::seconds stall_;
  std::stop_token stop_;
  core::UniqueFd wake_fd_;
  std::stop_callback<Wake> wake_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // of what is not yet consumed in buffer_
  std::size_t end_ = 0;
};

}  // namespace chasqui::audio
