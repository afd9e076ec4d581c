#include "server/server.hpp"

#include "server/finished_upload.hpp"
#include "server/problem.hpp"
#include "server/routes.hpp"
#include "server/session.hpp"
#include "server/tcp_transport.hpp"
#include "server/tls_transport.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <sys/socket.h>

namespace chasqui::server {
namespace {

using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

constexpr std::size_t most_blocking = 4096;
constexpr auto sweep_every = 500ms;

tcp::acceptor listen(asio::io_context& reactor, const Settings& settings) {
  try {
    const auto address = asio::ip::make_address(settings.address);
    tcp::acceptor acceptor(reactor);
    const tcp::endpoint endpoint(address, settings.port);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen(4096);
    return acceptor;
  } catch (const boost::system::system_error& error) {
    throw Failure(Errc::unavailable,
                  fmt::format("cannot listen on {} port {}: {}; choose others with --address and --port",
                              settings.address, settings.port, error.code().message()));
  }
}

/// As the client of an IPv4 address is named, whether or not it came through an IPv6 socket.
std::string name_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

}  // namespace

struct Server::State {
  State(Settings given, Services parts)
      : settings(std::move(given)),
        services(std::move(parts)),
        tls(tls_context(settings)),
        acceptor(listen(reactor, settings)),
        sweeper(reactor),
        connections(settings.connections, settings.connections_per_address),
        blocking(settings.io_threads, most_blocking),
        access(settings, services, blocking),
        tools{settings, services, access, blocking, leaving, draining},
        router(make_routes(tools)),
        site{settings, services, router, access, leaving, draining} {}

  const Settings settings;
  const Services services;
  std::optional<asio::ssl::context> tls;
  asio::io_context reactor{1};
  tcp::acceptor acceptor;
  asio::steady_timer sweeper;
  bool leaving = false;  // with `stop`; draining follows
  bool draining = false;
  Connections connections;
  Blocking blocking;
  Access access;
  Tools tools;
  Router router;
  Site site;
};

namespace {

/// A refused client hears why, if that can be said at once.
void turn_away(tcp::socket& socket, const core::Clock& clock) {
  const auto response = problem(Trouble::busy, "too many connections; try again in a moment");
  const auto text = head_text(response, core::http_date(clock()), false) + std::get<std::string>(response.body);
  static_cast<void>(::send(socket.native_handle(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
}

}  // namespace

Server::Server(Settings settings, Services services)
    : state_(std::make_unique<State>(std::move(settings), std::move(services))) {}

Server::~Server() = default;

std::uint16_t Server::port() const {
  return state_->acceptor.local_endpoint().port();
}

namespace {

template <typename State>
Task<void> attend(State& state, std::shared_ptr<Connection> connection) {
  co_await serve(connection, state.site);
  state.connections.remove(connection);
  state.services.metrics.set("chasqui_http_connections", {}, static_cast<double>(state.connections.size()));
}

template <typename State>
Task<void> accept(State& state) {
  while (!state.draining) {
    boost::system::error_code error;
    tcp::socket socket = co_await state.acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors, as a rule: others must end before more can come.
      asio::steady_timer pause(state.reactor, 100ms);
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    const auto remote = socket.remote_endpoint(error);
    if (error) continue;
    const auto address = name_of(remote.address());
    if (!state.connections.has_room(address)) {
      if (!state.tls) turn_away(socket, state.services.clock);
      state.services.metrics.count("chasqui_http_refused_total", {{"limit", "connections"}});
      continue;
    }
    std::unique_ptr<Transport> transport;
    if (state.tls)
      transport = std::make_unique<TlsTransport>(std::move(socket), *state.tls);
    else
      transport = std::make_unique<TcpTransport>(std::move(socket));
    auto connection = state.connections.add(std::move(transport), address);
    state.services.metrics.set("chasqui_http_connections", {}, static_cast<double>(state.connections.size()));
    asio::co_spawn(state.reactor, attend(state, std::move(connection)), [](const std::exception_ptr& fault) {
      if (fault) std::rethrow_exception(fault);
    });
  }
}

/// For a while it serves on, not ready: a balancer that sends a request to a closed listener would see it fail.
template <typename State>
Task<void> leave(State& state) {
  state.leaving = true;
  asio::steady_timer pause(state.reactor, state.settings.leave_time);
  boost::system::error_code ignored;
  co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  state.draining = true;
  static_cast<void>(state.acceptor.close(ignored));
  state.sweeper.cancel();
}

/// Ends with the last connection after draining has begun.
template <typename State>
Task<void> sweep(State& state) {
  std::optional<Moment> end;
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    state.connections.close_overdue(now);
    if (state.draining) {
      if (!end) end = now + state.settings.drain_time;
      state.connections.close_idle();
      if (now >= *end) state.connections.close_all();
      if (state.connections.size() == 0) co_return;
    }
    state.sweeper.expires_after(state.draining ? 50ms : std::chrono::milliseconds(sweep_every));
    boost::system::error_code ignored;
    co_await state.sweeper.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

}  // namespace

void Server::run(const std::stop_token& stop) {
  auto& state = *state_;
  asio::co_spawn(state.reactor, accept(state), [](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  });
  if (!state.settings.operations_only) {
    asio::co_spawn(state.reactor, make_left_over_episodes(state.tools), [](const std::exception_ptr& fault) {
      if (fault) std::rethrow_exception(fault);
    });
  }
  asio::co_spawn(state.reactor, sweep(state), [](const std::exception_ptr& fault) {
    if (fault) std::rethrow_exception(fault);
  });
  const std::stop_callback drain(stop, [&state] {
    asio::co_spawn(state.reactor, leave(state), [](const std::exception_ptr& fault) {
      if (fault) std::rethrow_exception(fault);
    });
  });
  state.reactor.run();
}

}  // namespace chasqui::server
