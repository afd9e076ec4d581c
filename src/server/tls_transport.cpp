#include "server/tls_transport.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <openssl/ssl.h>
#include <unistd.h>

namespace chasqui::server {
namespace {

namespace ssl = asio::ssl;

constexpr std::size_t tls_block_bytes = 64 * 1024;

[[noreturn]] void refuse(std::string_view key, const std::string& path, const std::string& why) {
  throw Failure(Errc::config, fmt::format("{}: {}: {}", key, path, why));
}

}  // namespace

std::optional<ssl::context> tls_context(const Settings& settings) {
  const auto& certificate = settings.tls_certificate;
  const auto& key = settings.tls_key;
  if (certificate.empty() && key.empty()) return std::nullopt;
  if (certificate.empty() || key.empty())
    throw Failure(Errc::config, "TLS needs both server.tls_certificate and server.tls_key; one of them is not set");
  for (const auto& [name, path] : {std::pair("server.tls_certificate", &certificate), {"server.tls_key", &key}}) {
    if (::access(path->c_str(), R_OK) != 0)
      refuse(name, *path, fmt::format("cannot be read: {}", std::generic_category().message(errno)));
  }
  ssl::context context(ssl::context::tls_server);
  ::SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  boost::system::error_code error;
  static_cast<void>(context.use_certificate_chain_file(certificate, error));
  if (error)
    refuse("server.tls_certificate", certificate,
           "not a certificate in PEM, with its chain behind it: " + error.message());
  // Nobody sits there to be asked.
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); });
  static_cast<void>(context.use_private_key_file(key, ssl::context::pem, error));
  if (error) refuse("server.tls_key", key, "not the certificate's key in PEM, without a password: " + error.message());
  return context;
}

TlsTransport::TlsTransport(asio::ip::tcp::socket socket, ssl::context& context)
    : stream_(prepared(std::move(socket)), context) {}

Task<std::size_t> TlsTransport::read_some(std::span<char> buffer) {
  boost::system::error_code error;
  if (!greeted_) {
    co_await stream_.async_handshake(ssl::stream_base::server, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return 0;
    greeted_ = true;
  }
  const auto target = asio::buffer(buffer.data(), buffer.size());
  const auto got = co_await stream_.async_read_some(target, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return 0;
  moves_.count();
  co_return got;
}

Task<bool> TlsTransport::write(std::string_view bytes) {
  boost::system::error_code error;
  const auto source = asio::buffer(bytes.data(), bytes.size());
  co_await asio::async_write(stream_, source, asio::redirect_error(asio::use_awaitable, error));
  moves_.count();
  co_return !error;
}

Task<bool> TlsTransport::send_file(std::string head, int file, std::uint64_t offset, std::uint64_t length) {
  auto block = std::move(head);
  while (length > 0) {
    const auto before = block.size();
    const auto wanted = std::min<std::uint64_t>(length, tls_block_bytes);
    block.resize(before + wanted);
    if (::pread(file, block.data() + before, wanted, static_cast<off_t>(offset)) != static_cast<ssize_t>(wanted))
      co_return false;  // the file is shorter than it was
    const bool sent = co_await write(block);
    if (!sent) co_return false;
    block.clear();
    offset += wanted;
    length -= wanted;
  }
  const bool sent = block.empty() || co_await write(block);
  co_return sent;
}

Task<void> TlsTransport::say_goodbye() {
  if (!greeted_) co_return;
  boost::system::error_code ignored;
  co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
}

void TlsTransport::close() {
  boost::system::error_code ignored;
  static_cast<void>(stream_.next_layer().shutdown(asio::ip::tcp::socket::shutdown_both, ignored));
  static_cast<void>(stream_.next_layer().close(ignored));
}

std::uint64_t TlsTransport::moved() {
  return moves_.so_far(stream_.next_layer());
}

}  // namespace chasqui::server
