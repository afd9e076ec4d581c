#pragma once

#include "server/transport.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace chasqui::server {

using Moment = std::chrono::steady_clock::time_point;
using Span = std::chrono::steady_clock::duration;

/// One client, and until when its next step must have happened.
class Connection {
 public:
  Connection(std::unique_ptr<Transport> transport, std::string address)
      : transport_(std::move(transport)), address_(std::move(address)) {}

  [[nodiscard]] Transport& transport() noexcept { return *transport_; }
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

  /// The connection is closed when `span` passes before the next call.
  void give(Span span);
  /// The same, but every byte that moves begins it anew.
  void give_while_moving(Span span);
  /// Between two requests: may be closed at any moment.
  void set_idle(bool idle) noexcept { idle_ = idle; }

 private:
  friend class Connections;
  std::unique_ptr<Transport> transport_;
  std::string address_;
  Moment deadline_ = Moment::max();
  Span stall_{};  // zero: the deadline stands
  std::uint64_t moved_ = 0;
  bool idle_ = true;
  bool given_up_ = false;
};

/// All connections, counted and bounded. Of the reactor's thread.
class Connections {
 public:
  Connections(std::size_t most, std::size_t most_per_address) : most_(most), most_per_address_(most_per_address) {}

  [[nodiscard]] bool has_room(const std::string& address) const;
  /// Precondition: there is room.
  std::shared_ptr<Connection> add(std::unique_ptr<Transport> transport, const std::string& address);
  void remove(const std::shared_ptr<Connection>& connection);
  /// Closes those whose time has passed. To be called about twice a second.
  void close_overdue(Moment now);
  void close_idle();
  void close_all();
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

 private:
  std::size_t most_;
  std::size_t most_per_address_;
  std::list<std::shared_ptr<Connection>> all_;
  std::unordered_map<Connection*, std::list<std::shared_ptr<Connection>>::iterator> places_;
  std::unordered_map<std::string, std::size_t> per_address_;
};

}  // namespace chasqui::server
