#include "contract/s3_server.hpp"

#include "core/random.hpp"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace chasqui::test {
namespace {

/// What the server says first, to the end of the line.
std::string first_line(int pipe) {
  std::string line;
  for (char c = 0; ::read(pipe, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

}  // namespace

S3Server::S3Server() {
  if (const char* other = std::getenv("CHASQUI_TEST_S3")) {  // NOLINT(concurrency-mt-unsafe)
    ours_ = false;
    endpoint_ = other;
    port_ = static_cast<std::uint16_t>(std::stoi(endpoint_.substr(endpoint_.rfind(':') + 1)));
    return;
  }
  std::ofstream(folder_.path() / "key") << "S3RVER\n";
  start();
  endpoint_ = fmt::format("http://127.0.0.1:{}", port_);
}

S3Server::~S3Server() {
  if (process_ != 0) kill();
}

void S3Server::start() {
  const std::lock_guard lock(starting_and_killing_);
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const std::string root = CHASQUI_SOURCE_DIR;
  const auto tool = root + "/tools/node";
  const auto script = root + "/tests/support/s3-server.js";
  const auto data = (folder_.path() / "data").string();
  const auto port = std::to_string(port_);
  process_ = ::fork();
  if (process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(tool.c_str(), tool.c_str(), script.c_str(), data.c_str(), port.c_str(), "chasqui", nullptr);
    ::_exit(127);
  }
  ::close(ends[1]);
  const auto line = first_line(ends[0]);
  ::close(ends[0]);
  constexpr std::string_view listening = "listening ";
  if (!line.starts_with(listening))
    throw std::runtime_error("the S3 server of the tests did not start; try `tools/node` and what it says");
  port_ = static_cast<std::uint16_t>(std::stoi(line.substr(listening.size())));
}

void S3Server::kill() {
  const std::lock_guard lock(starting_and_killing_);
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

store::S3Settings S3Server::settings() const {
  store::S3Settings settings;
  settings.endpoint = endpoint_;
  settings.bucket = "chasqui";
  settings.prefix = core::random_hex(8) + "/";
  if (ours_) settings.keys = {folder_.path() / "key", folder_.path() / "key", {}};
  return settings;
}

}  // namespace chasqui::test
