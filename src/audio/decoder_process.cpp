#include "audio/decoder_process.hpp"

#include "audio/decoder_protocol.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace chasqui::audio {
namespace {

namespace fs = std::filesystem;

constexpr const char* program_name = "chasqui-decode";
constexpr int pipe_bytes = 1 << 20;

std::string describe(int error) {
  return std::generic_category().message(error);
}

Result<fs::path> find_program(const fs::path& wished) {
  const fs::path installed = CHASQUI_DECODER_PROGRAM;
  if (!wished.empty()) {
    if (::access(wished.c_str(), X_OK) == 0) return wished;
    return std::unexpected(Error{
        Errc::unavailable, fmt::format("{}: the decoder program cannot be run: {}", wished.string(), describe(errno))});
  }
  std::error_code ignored;
  const fs::path beside = fs::read_symlink("/proc/self/exe", ignored).parent_path() / program_name;
  std::vector<fs::path> places{beside};
  // An installed tree may have been moved: bin/chasqui, lib/libchasqui.so and lib/TRIPLET/libchasqui.so all know the
  // way.
  Dl_info self{};
  if (::dladdr(&pipe_bytes, &self) != 0 && self.dli_fname != nullptr) {
    const fs::path folder = fs::weakly_canonical(self.dli_fname, ignored).parent_path();
    for (const fs::path& prefix : {folder.parent_path(), folder.parent_path().parent_path()})
      places.push_back(prefix / "libexec/chasqui" / program_name);
  }
  places.push_back(installed);
  for (const auto& place : places)
    if (::access(place.c_str(), X_OK) == 0) return place;
  return std::unexpected(
      Error{Errc::unavailable, fmt::format("the decoder program is neither at {} nor at {}; install Chasqui again",
                                           beside.string(), installed.string())});
}

/// Above the standard descriptors, so that the child's dup2 onto those cannot hit one that it still needs.
core::UniqueFd lifted(int fd) {
  return core::UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
}

struct Pipe {
  core::UniqueFd reading;
  core::UniqueFd writing;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  Pipe pipe{.reading = core::UniqueFd(ends[0]), .writing = core::UniqueFd(ends[1])};
  ::fcntl(pipe.reading.get(), F_SETFL, O_NONBLOCK);
  ::fcntl(pipe.reading.get(), F_SETPIPE_SZ, pipe_bytes);  // for speed only; may be refused
  return pipe;
}

class SpawnActions {
 public:
  SpawnActions(int input, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_adddup2(&actions_, input, protocol::input_fd);
    ::posix_spawn_file_actions_adddup2(&actions_, output, protocol::output_fd);
#ifndef CHASQUI_SANITIZED
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
#endif
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }
  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// 0, or the error that kept the program from starting.
int spawn(const fs::path& program, const DecoderOptions& options, int input, int output, pid_t& pid) {
  const SpawnActions actions(input, output);
  std::array<std::string, 5> words{program.string(), std::to_string(protocol::version), std::to_string(::getpid()),
                                   std::to_string(options.longest.count()), std::to_string(options.memory_bytes)};
  std::array<char*, words.size() + 1> arguments{};
  for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  std::array<char*, 1> environment{};
  return ::posix_spawn(&pid, program.c_str(), actions.actions(), actions.attributes(), arguments.data(),
                       environment.data());
}

Error describe_signal(int signal) {
  if (signal == SIGXCPU)
    return {Errc::decoder_limit, "takes more processor time to decode than is allowed: damaged, or made to harm"};
  const char* name = ::sigabbrev_np(signal);
  return {Errc::decoder_crashed,
          fmt::format("the decoder process died on this input (SIG{}): {}", name == nullptr ? "?" : name,
                      signal == SIGKILL ? "killed from outside, or the system is out of memory"
                                        : "the file is damaged or made to harm")};
}

}  // namespace

Result<DecoderProcess> DecoderProcess::start(const core::UniqueFd& input, const DecoderOptions& options) {
  const auto program = find_program(options.program);
  if (!program) return std::unexpected(program.error());
  Pipe pipe = make_pipe();
  const core::UniqueFd output = pipe.writing.valid() ? lifted(pipe.writing.get()) : core::UniqueFd();
  const core::UniqueFd source = output.valid() ? lifted(input.get()) : core::UniqueFd();
  if (!source.valid())
    return std::unexpected(
        Error{Errc::unavailable, fmt::format("cannot make a pipe to the decoder: {}; raise the limit "
                                             "on open files (ulimit -n)",
                                             describe(errno))});
  pid_t pid = -1;
  if (const int error = spawn(*program, options, source.get(), output.get(), pid); error != 0)
    return std::unexpected(Error{Errc::unavailable, fmt::format("{}: the decoder program cannot be started: {}",
                                                                program->string(), describe(error))});
  return DecoderProcess(pid, std::move(pipe.reading));
}

DecoderProcess::DecoderProcess(DecoderProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::move(other.output_)) {}

DecoderProcess& DecoderProcess::operator=(DecoderProcess&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    output_ = std::move(other.output_);
  }
  return *this;
}

DecoderProcess::~DecoderProcess() {
  end();
}

int DecoderProcess::wait() noexcept {
  int status = 0;
  const pid_t pid = std::exchange(pid_, -1);
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return status;
}

void DecoderProcess::end() noexcept {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

Error DecoderProcess::reap() {
  // A child that closed its pipe is ending, and then this signal changes nothing; one that pretends to must not hang
  // us.
  if (pid_ >= 0) ::kill(pid_, SIGKILL);
  const int status = pid_ >= 0 ? wait() : -1;
  if (status >= 0 && WIFSIGNALED(status)) return describe_signal(WTERMSIG(status));
  if (status >= 0 && WIFEXITED(status))
    return {Errc::decoder_crashed,
            fmt::format("the decoder process ended before its time (exit code {})", WEXITSTATUS(status))};
  return {Errc::decoder_crashed, "the decoder process ended before its time"};
}

}  // namespace chasqui::audio
