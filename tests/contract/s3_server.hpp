#pragma once

#include "store/s3_settings.hpp"
#include "support/temporary_folder.hpp"

#include <cstdint>
#include <mutex>
#include <string>
#include <sys/types.h>

namespace chasqui::test {

/// A real S3 server on a free port of 127.0.0.1 (tests/support/s3-server.js), with its data in a temporary folder. With
/// CHASQUI_TEST_S3=URL another one is used that runs already and has a bucket "chasqui" for the keys of the
/// environment.
class S3Server {
 public:
  S3Server();
  ~S3Server();
  S3Server(const S3Server&) = delete;
  S3Server& operator=(const S3Server&) = delete;

  /// One that others started cannot be killed.
  [[nodiscard]] bool is_ours() const noexcept { return ours_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// SIGKILL.
  void kill();
  /// Again on the same port, with the same data.
  void start();
  /// For this server; each call with another prefix.
  [[nodiscard]] store::S3Settings settings() const;

 private:
  TemporaryFolder folder_;
  bool ours_ = true;
  std::string endpoint_;
  std::uint16_t port_ = 0;
  std::mutex starting_and_killing_;  // which a proxy does in its own thread
  pid_t process_ = 0;
};

}  // namespace chasqui::test
