#pragma once

#include "audio/decoder.hpp"
#include "core/unique_fd.hpp"

#include <chasqui/error.hpp>
#include <filesystem>
#include <sys/types.h>

namespace chasqui::audio {

/// One running `chasqui-decode`: its process and the reading end of its pipe. The destructor kills it and reaps it.
/// Nothing else may reap the process (no wait for any child, SIGCHLD not ignored); otherwise the reason of its end is
/// unknown and reported as a crash.
class DecoderProcess {
 public:
  /// `input` becomes the child's standard input. The child gets no other descriptor, an empty environment, default
  /// signal actions and an own process group, so that a terminal's ^C reaches the parent alone. Safe beside other
  /// threads that start processes: everything is close-on-exec. Errc::unavailable names the program that is missing.
  static Result<DecoderProcess> start(const core::UniqueFd& input, const DecoderOptions& options);

  DecoderProcess(DecoderProcess&& other) noexcept;
  DecoderProcess& operator=(DecoderProcess&& other) noexcept;
  ~DecoderProcess();

  /// The pipe's reading end; does not block.
  [[nodiscard]] int output() const noexcept { return output_.get(); }

  /// Kills and reaps the child; idempotent.
  void end() noexcept;
  /// For a pipe that ended without a last word: reaps the child and says why it ended.
  Error reap();

 private:
  DecoderProcess(pid_t pid, core::UniqueFd output) noexcept : pid_(pid), output_(std::move(output)) {}
  int wait() noexcept;

  pid_t pid_ = -1;
  core::UniqueFd output_;
};

}  // namespace chasqui::audio
