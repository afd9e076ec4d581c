#include "audio/decoder_child/sandbox.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chasqui/error.hpp>
#include <fcntl.h>
#include <functional>
#include <new>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace chasqui::audio::decoder_child {
namespace {

constexpr SandboxLimits generous{.memory_bytes = 1ULL << 40, .cpu_seconds = 100};

/// The wait status of a process that locks itself in and then acts; its exit code is the action's value.
int status_of(const std::function<long()>& action, SandboxLimits limits = generous) {
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    try {
      enter_sandbox(limits, parent);
    } catch (const Failure&) {
      ::_exit(99);
    }
    ::_exit(static_cast<int>(action()));
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  return status;
}

struct Call {
  const char* name;
  std::function<long()> make;
  bool killed = true;  ///< else refused
};

class ForbiddenTest : public testing::TestWithParam<Call> {};

TEST_P(ForbiddenTest, IsNotDone) {
  const int status = status_of([] { return GetParam().make() < 0 && (errno == EPERM || errno == EACCES) ? 1 : 0; });
#ifdef CHASQUI_SANITIZED
  const bool killed = false;
#else
  const bool killed = GetParam().killed;
#endif
  if (killed)
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << status;
  else
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << status;
}

// By syscall(), so that no wrapper of a C library or sanitizer comes between.
const Call forbidden[] = {
    {"socket", [] { return ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }},
    {"write_file", [] { return ::syscall(SYS_openat, AT_FDCWD, "/tmp/x", O_WRONLY | O_CREAT, 0600); }, false},
    {"execve", [] { return ::syscall(SYS_execve, "/bin/true", nullptr, nullptr); }},
    {"kill", [] { return ::syscall(SYS_kill, ::getppid(), 0); }},
    {"ptrace", [] { return ::syscall(SYS_ptrace, 0, 0, 0, 0); }},
    {"unlink", [] { return ::syscall(SYS_unlinkat, AT_FDCWD, "/nonexistent", 0); }},
#ifndef CHASQUI_SANITIZED
    {"read_file", [] { return ::syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY); }, false},
    {"clone", [] { return ::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    {"dup", [] { return ::syscall(SYS_dup, 0); }},
    {"stat", [] { return ::syscall(SYS_newfstatat, AT_FDCWD, "/", nullptr, 0); }, false},
    {"executable_memory",
     [] { return ::syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }},
    {"io_uring", [] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }},
#endif
};

INSTANTIATE_TEST_SUITE_P(Calls, ForbiddenTest, testing::ValuesIn(forbidden),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Sandbox, LetsMemoryBeUsedAndTheProcessLeave) {
  const int status = status_of([] {
    auto* memory = static_cast<volatile char*>(::operator new(std::size_t{32} << 20));
    memory[1'000'000] = 7;
    const char read_back = memory[1'000'000];
    ::operator delete(const_cast<char*>(memory));
    return read_back;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 7) << status;
}

TEST(Sandbox, BoundsProcessorTime) {
  const int status = status_of(
      [] {
        volatile unsigned turns = 0;
        while (turns < 2) turns = (turns + 1) % 2;
        return 0;
      },
      {.memory_bytes = 1ULL << 40, .cpu_seconds = 1});
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) << status;
}

#ifndef CHASQUI_SANITIZED
TEST(Sandbox, BoundsMemory) {
  const int status = status_of([] { return ::operator new(std::size_t{600} << 20, std::nothrow) == nullptr ? 3 : 0; },
                               {.memory_bytes = 512ULL << 20, .cpu_seconds = 100});
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3) << status;
}
#endif

TEST(Sandbox, DoesNotOutliveItsParent) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    enter_sandbox(generous, 1);  // a parent that is not ours: it is gone already
    ::_exit(7);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1) << status;
}

}  // namespace
}  // namespace chasqui::audio::decoder_child
