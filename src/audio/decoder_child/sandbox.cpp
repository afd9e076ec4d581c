#include "audio/decoder_child/sandbox.hpp"

#include <fmt/format.h>
#include <seccomp.h>

#include <cerrno>
#include <chasqui/error.hpp>
#include <fcntl.h>
#include <initializer_list>
#include <memory>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace chasqui::audio::decoder_child {
namespace {

[[noreturn]] void refuse(const char* what, int error) {
  throw Failure(Errc::unavailable,
                fmt::format("the decoder cannot be locked in: {}: {}; it needs a Linux kernel (and container) with "
                            "seccomp filters",
                            what, std::generic_category().message(error)));
}

// For the signal handler, which can be given nothing else.
volatile pid_t parent_to_die_with = 0;

void die_with_parent(int) {
  if (::getppid() != parent_to_die_with) ::_exit(1);
}

/// The kernel sends the signal when the *thread* that started us ends; the handler lets that pass as long as the
/// process lives, so that a decoder may be handed from thread to thread.
void follow_parent(pid_t parent) {
  parent_to_die_with = parent;
  struct sigaction action{};
  action.sa_handler = die_with_parent;
  action.sa_flags = SA_RESTART;
  if (::sigaction(SIGUSR1, &action, nullptr) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGUSR1) != 0)
    refuse("following the parent", errno);
  die_with_parent(SIGUSR1);
}

void limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit wished{soft, hard};
  if (::setrlimit(resource, &wished) == 0) return;
  rlimit present{};  // a hard limit that is lower already stays
  if (::getrlimit(resource, &present) != 0 || present.rlim_max > hard) refuse("setting limits", errno);
  present.rlim_cur = present.rlim_max;
  ::setrlimit(resource, &present);
}

class Filter {
 public:
  explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {
    if (!context_) refuse("making a system call filter", ENOMEM);
  }
  void add(std::uint32_t action, std::initializer_list<int> calls) {
    for (const int call : calls)
      if (const int result = seccomp_rule_add(context_.get(), action, call, 0); result < 0)
        refuse("filtering", -result);
  }
  void add(std::uint32_t action, int call, scmp_arg_cmp argument) {
    const int result = seccomp_rule_add_array(context_.get(), action, call, 1, &argument);
    if (result < 0) refuse("filtering", -result);
  }
  void load() {
    if (const int result = seccomp_load(context_.get()); result < 0) refuse("loading the filter", -result);
  }

 private:
  struct Release {
    void operator()(void* context) const noexcept { seccomp_release(context); }
  };
  std::unique_ptr<void, Release> context_;
};

scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
  return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

#ifdef CHASQUI_SANITIZED

void filter_system_calls() {
  constexpr std::uint32_t deny = SCMP_ACT_ERRNO(EPERM);
  Filter filter(SCMP_ACT_ALLOW);
  filter.add(deny, {SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(execve), SCMP_SYS(execveat),
                    SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(ptrace), SCMP_SYS(kill), SCMP_SYS(creat),
                    SCMP_SYS(openat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat)});
  for (const int access : {O_WRONLY, O_RDWR}) {
    filter.add(deny, SCMP_SYS(open), masked(1, O_ACCMODE, static_cast<std::uint64_t>(access)));
    filter.add(deny, SCMP_SYS(openat), masked(2, O_ACCMODE, static_cast<std::uint64_t>(access)));
  }
  filter.load();
}

#else

void filter_system_calls() {
  Filter filter(SCMP_ACT_KILL_PROCESS);
  // sysinfo: glibc's qsort asks for the size of memory.
  filter.add(
      SCMP_ACT_ALLOW,
      {SCMP_SYS(read),      SCMP_SYS(pread64), SCMP_SYS(write),         SCMP_SYS(writev),          SCMP_SYS(lseek),
       SCMP_SYS(poll),      SCMP_SYS(ppoll),   SCMP_SYS(munmap),        SCMP_SYS(mremap),          SCMP_SYS(brk),
       SCMP_SYS(madvise),   SCMP_SYS(futex),   SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),    SCMP_SYS(getrandom),
       SCMP_SYS(getppid),   SCMP_SYS(sysinfo), SCMP_SYS(rt_sigreturn),  SCMP_SYS(restart_syscall), SCMP_SYS(exit),
       SCMP_SYS(exit_group)});
  // Libraries that look for a file of their own (character sets, time zones) are told that there is none; there are no
  // files in here for anyone, so that is not worth dying for.
  filter.add(SCMP_ACT_ERRNO(EACCES), {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(stat),
                                      SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(readlink)});
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), masked(2, PROT_EXEC, 0));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), masked(2, PROT_EXEC, 0));
  filter.load();
}

#endif

}  // namespace

void enter_sandbox(const SandboxLimits& limits, pid_t parent) {
  follow_parent(parent);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) refuse("giving up privileges", errno);
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) refuse("hiding from tracers", errno);
  limit(RLIMIT_CORE, 0, 0);
  limit(RLIMIT_FSIZE, 0, 0);
  limit(RLIMIT_NPROC, 0, 0);
  limit(RLIMIT_NOFILE, 3, 3);
  limit(RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 5);
#ifndef CHASQUI_SANITIZED
  limit(RLIMIT_AS, limits.memory_bytes, limits.memory_bytes);
#endif
  filter_system_calls();
}

}  // namespace chasqui::audio::decoder_child
