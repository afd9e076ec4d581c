#pragma once

#include "server/settings.hpp"
#include "server/tcp_transport.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <optional>

namespace chasqui::server {

/// For TLS 1.2 and later, out of the files that the settings name; nothing when they name none. Throws Failure(config)
/// that names the file.
std::optional<asio::ssl::context> tls_context(const Settings& settings);

/// The same over TLS. Greets the client before the first byte is read; one that does not speak TLS is read as an end.
class TlsTransport final : public Transport {
 public:
  /// `context` outlives this.
  TlsTransport(asio::ip::tcp::socket socket, asio::ssl::context& context);

  Task<std::size_t> read_some(std::span<char> buffer) override;
  Task<bool> write(std::string_view bytes) override;
  Task<bool> send_file(std::string head, int file, std::uint64_t offset, std::uint64_t length) override;
  Task<void> say_goodbye() override;
  void close() override;
  std::uint64_t moved() override;

 private:
  asio::ssl::stream<asio::ip::tcp::socket> stream_;
  Moves moves_;
  bool greeted_ = false;
};

}  // namespace chasqui::server
