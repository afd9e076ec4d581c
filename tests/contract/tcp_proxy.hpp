#pragma once

#include "core/unique_fd.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <thread>

namespace chasqui::test {

/// Passes bytes on to a port of 127.0.0.1, and spoils that as it is told: a bad network. What it is told counts for
/// each connection anew, `times` times.
class TcpProxy {
 public:
  explicit TcpProxy(std::uint16_t target);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Resets a connection as soon as it has passed `bytes` towards the server; `then` runs first.
  void cut_requests(std::size_t bytes, int times, std::function<void()> then = [] {});
  void cut_answers(std::size_t bytes, int times);
  /// Changes the byte of an answer that lies `bytes` behind its beginning.
  void damage_answers(std::size_t bytes, int times);
  /// Takes a while for every 4 KiB.
  void slow(std::chrono::microseconds pause);
  /// Holds everything back until `hold(false)`.
  void hold(bool held);
  /// Waits until so many connections have been made in all.
  void await_connections(int count);
  [[nodiscard]] int cuts() const noexcept { return cuts_; }

 private:
  struct Line {
    core::UniqueFd client, server;
    std::size_t up = 0, down = 0;
    bool damaged = false;
  };
  void run(const std::stop_token& stop);
  void accept_one();
  bool pass(Line& line, bool up);
  bool forward(Line& line, bool up, std::span<char> bytes);

  std::uint16_t target_, port_ = 0;
  core::UniqueFd listener_;
  std::list<Line> lines_;  // of the thread
  std::mutex mutex_;       // guards what follows, to then_
  std::condition_variable accepted_;
  int connections_ = 0;
  std::size_t cut_up_ = 0, cut_down_ = 0, damage_down_ = 0;
  int cut_up_times_ = 0, cut_down_times_ = 0, damage_times_ = 0;
  std::chrono::microseconds pause_{0};
  std::function<void()> then_;
  std::atomic<bool> held_{false};
  std::atomic<int> cuts_{0};
  std::jthread thread_;
};

}  // namespace chasqui::test
