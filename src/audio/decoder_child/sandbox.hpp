#pragma once

#include <cstdint>
#include <sys/types.h>

namespace chasqui::audio::decoder_child {

struct SandboxLimits {
  std::uint64_t memory_bytes = 0;  ///< of address space
  std::uint64_t cpu_seconds = 0;
};

/// Locks this process in, for good: it dies with `parent`, gains no privilege, cannot be traced, and may from here on
/// only read and write the descriptors it has, use its memory and leave; any other system call kills it (SIGSYS).
/// Call before the first byte of input is parsed and while there is one thread. Throws Failure(unavailable) where the
/// kernel has no seccomp: without it nothing is decoded.
///
/// Built with sanitizers, whose own runtime needs more, it denies sockets, programs, writable files and foreign
/// processes with EPERM instead, and leaves address space unlimited.
void enter_sandbox(const SandboxLimits& limits, pid_t parent);

}  // namespace chasqui::audio::decoder_child
