#include "server/tcp_transport.hpp"

#include <boost/asio/redirect_error.hpp>

#include <algorithm>
#include <cerrno>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

namespace chasqui::server {
namespace {

constexpr int send_buffer_bytes = 128 * 1024;
constexpr std::uint64_t most_at_once = 256 * 1024;  // so that one client does not keep the others waiting
// Of a file, copied behind its header. A header by itself would be a packet more. To hold it back with MSG_MORE instead
// has TCP's pacing (BBR) wait for a timer in the middle of each answer: twice the time for 64 KiB.
constexpr std::uint64_t beside_head = 16 * 1024;

bool again(int error) {
  return error == EAGAIN || error == EWOULDBLOCK;
}

}  // namespace

std::uint64_t Moves::so_far(asio::ip::tcp::socket& socket) {
  int queued = 0;
  if (socket.is_open() && ::ioctl(socket.native_handle(), SIOCOUTQ, &queued) == 0 && queued != last_queued_) {
    last_queued_ = queued;
    ++moves_;
  }
  return moves_;
}

asio::ip::tcp::socket prepared(asio::ip::tcp::socket socket) {
  boost::system::error_code ignored;
  static_cast<void>(socket.non_blocking(true, ignored));
  static_cast<void>(socket.set_option(asio::ip::tcp::no_delay(true), ignored));
  static_cast<void>(socket.set_option(asio::socket_base::send_buffer_size(send_buffer_bytes), ignored));
  return socket;
}

TcpTransport::TcpTransport(asio::ip::tcp::socket socket) : socket_(prepared(std::move(socket))) {}

Task<std::size_t> TcpTransport::read_some(std::span<char> buffer) {
  boost::system::error_code error;
  const auto target = asio::buffer(buffer.data(), buffer.size());
  const auto got = co_await socket_.async_read_some(target, asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return 0;
  moves_.count();
  co_return got;
}

Task<bool> TcpTransport::writable() {
  boost::system::error_code error;
  co_await socket_.async_wait(asio::socket_base::wait_write, asio::redirect_error(asio::use_awaitable, error));
  co_return !error && socket_.is_open();
}

Task<bool> TcpTransport::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      moves_.count();
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (again(errno)) {
      const bool open = co_await writable();
      if (!open) co_return false;
    } else if (errno != EINTR) {
      co_return false;
    }
  }
  co_return true;
}

Task<bool> TcpTransport::send_file(std::string head, int file, std::uint64_t offset, std::uint64_t length) {
  const auto head_bytes = head.size();
  const auto first = std::min(length, beside_head);
  head.resize(head_bytes + first);
  if (::pread(file, head.data() + head_bytes, first, static_cast<off_t>(offset)) != static_cast<ssize_t>(first))
    co_return false;
  const bool begun = co_await write(head);
  if (!begun) co_return false;
  std::string().swap(head);  // what follows may take a slow client minutes, and there may be thousands
  auto at = static_cast<off_t>(offset + first);
  const auto end = static_cast<off_t>(offset + length);
  while (at < end) {
    const auto before = at;
    const auto wanted = std::min(static_cast<std::uint64_t>(end - at), most_at_once);
    const ssize_t sent = ::sendfile(socket_.native_handle(), file, &at, wanted);
    if (sent > 0) {
      moves_.count();
      if (at < end && static_cast<std::uint64_t>(sent) == wanted) {
        const bool open = co_await writable();
        if (!open) co_return false;
      }
    } else if (sent < 0 && again(errno)) {
      at = before;
      const bool open = co_await writable();
      if (!open) co_return false;
    } else if (sent == 0 || errno != EINTR) {
      co_return false;  // the file is shorter than it was, or the client is gone
    }
  }
  co_return true;
}

Task<void> TcpTransport::say_goodbye() {
  co_return;
}

void TcpTransport::close() {
  boost::system::error_code ignored;
  static_cast<void>(socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored));
  static_cast<void>(socket_.close(ignored));
}

std::uint64_t TcpTransport::moved() {
  return moves_.so_far(socket_);
}

}  // namespace chasqui::server
