#pragma once

#include "server/transport.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace chasqui::server {

/// Counts what Transport::moved tells of a socket.
class Moves {
 public:
  void count() noexcept { ++moves_; }
  [[nodiscard]] std::uint64_t so_far(asio::ip::tcp::socket& socket);

 private:
  std::uint64_t moves_ = 0;
  int last_queued_ = 0;  // bytes that the client had not acknowledged when last asked
};

/// The socket with the options that any transport wants.
asio::ip::tcp::socket prepared(asio::ip::tcp::socket socket);

/// A socket of the reactor, which must outlive it.
class TcpTransport final : public Transport {
 public:
  explicit TcpTransport(asio::ip::tcp::socket socket);

  Task<std::size_t> read_some(std::span<char> buffer) override;
  Task<bool> write(std::string_view bytes) override;
  Task<bool> send_file(std::string head, int file, std::uint64_t offset, std::uint64_t length) override;
  Task<void> say_goodbye() override;
  void close() override;
  std::uint64_t moved() override;

 private:
  Task<bool> writable();

  asio::ip::tcp::socket socket_;
  Moves moves_;
};

}  // namespace chasqui::server
