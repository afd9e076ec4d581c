#include "contract/tcp_proxy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace chasqui::test {
namespace {

constexpr int look_ms = 20;  // how late the end is noticed
constexpr std::size_t block_bytes = 4096;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* plain(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// So that closing it is a reset and not an end.
void reset_on_close(int socket) {
  const linger now{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

}  // namespace

TcpProxy::TcpProxy(std::uint16_t target)
    : target_(target), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto address = loopback(0);
  socklen_t length = sizeof(address);
  if (::bind(listener_.get(), plain(address), length) != 0 || ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("the proxy of the tests cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

TcpProxy::~TcpProxy() = default;

void TcpProxy::cut_requests(std::size_t bytes, int times, std::function<void()> then) {
  const std::lock_guard lock(mutex_);
  cut_up_ = bytes;
  cut_up_times_ = times;
  then_ = std::move(then);
}

void TcpProxy::cut_answers(std::size_t bytes, int times) {
  const std::lock_guard lock(mutex_);
  cut_down_ = bytes;
  cut_down_times_ = times;
}

void TcpProxy::damage_answers(std::size_t bytes, int times) {
  const std::lock_guard lock(mutex_);
  damage_down_ = bytes;
  damage_times_ = times;
}

void TcpProxy::slow(std::chrono::microseconds pause) {
  const std::lock_guard lock(mutex_);
  pause_ = pause;
}

void TcpProxy::hold(bool held) {
  held_ = held;
}

void TcpProxy::await_connections(int count) {
  std::unique_lock lock(mutex_);
  accepted_.wait(lock, [&] { return connections_ >= count; });
}

void TcpProxy::accept_one() {
  Line line;
  line.client.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  line.server.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(target_);
  const bool connected = ::connect(line.server.get(), plain(address), sizeof(address)) == 0;
  if (connected) lines_.push_back(std::move(line));
  {
    const std::lock_guard lock(mutex_);
    ++connections_;
  }
  accepted_.notify_all();
}

bool TcpProxy::forward(Line& line, bool up, std::span<char> bytes) {
  auto& count = up ? line.up : line.down;
  std::function<void()> then;
  bool cut = false;
  {
    const std::lock_guard lock(mutex_);
    auto& times = up ? cut_up_times_ : cut_down_times_;
    const auto limit = up ? cut_up_ : cut_down_;
    if (times > 0 && count + bytes.size() > limit) {
      cut = true;
      --times;
      bytes = bytes.first(limit - std::min(limit, count));
      if (up) then = then_;
    }
    if (!up && damage_times_ > 0 && !line.damaged && count + bytes.size() > damage_down_) {
      bytes[damage_down_ - std::min(damage_down_, count)] ^= 1;
      line.damaged = true;
      --damage_times_;
    }
    if (pause_.count() > 0) std::this_thread::sleep_for(pause_);
  }
  count += bytes.size();
  const int to = up ? line.server.get() : line.client.get();
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  if (!cut) return true;
  if (then) then();
  ++cuts_;
  reset_on_close(line.client.get());
  reset_on_close(line.server.get());
  return false;
}

bool TcpProxy::pass(Line& line, bool up) {
  std::array<char, block_bytes> block{};
  const ssize_t got = ::recv(up ? line.client.get() : line.server.get(), block.data(), block.size(), 0);
  return got > 0 && forward(line, up, std::span(block).first(static_cast<std::size_t>(got)));
}

void TcpProxy::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> watched{{listener_.get(), POLLIN, 0}};
    const auto wanted = static_cast<short>(held_ ? 0 : POLLIN);
    for (const auto& line : lines_) {
      watched.push_back({line.client.get(), wanted, 0});
      watched.push_back({line.server.get(), wanted, 0});
    }
    if (::poll(watched.data(), watched.size(), look_ms) <= 0) continue;
    auto at = std::size_t{1};
    for (auto line = lines_.begin(); line != lines_.end(); at += 2) {
      const bool open =
          (watched[at].revents == 0 || pass(*line, true)) && (watched[at + 1].revents == 0 || pass(*line, false));
      line = open ? std::next(line) : lines_.erase(line);
    }
    if (watched[0].revents != 0) accept_one();
  }
}

}  // namespace chasqui::test
