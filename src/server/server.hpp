#pragma once

#include "server/settings.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>

namespace chasqui::server {

/// The HTTP API of docs/openapi.yaml and the page, on one reactor thread: the one that calls `run`.
class Server {
 public:
  /// Listens at once. Throws Failure(unavailable) when the address cannot be had.
  Server(Settings settings, Services services);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The one in use.
  [[nodiscard]] std::uint16_t port() const;

  /// Until stop; then is not ready but serves for the leave time, takes nothing more, lets answers under way end within
  /// the drain time, and returns.
  void run(const std::stop_token& stop);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chasqui::server
