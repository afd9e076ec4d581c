#pragma once

#include "core/log.hpp"
#include "jobs/rabbit_topology.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <random>
#include <stop_token>

namespace chasqui::jobs {

/// Keeps one connection for one thread: to whichever of the brokers' addresses answers, with all queues declared, and
/// made anew after pauses of growing, random length. The log hears of a loss once, and of the return.
class RabbitLink {
 public:
  /// `purpose`: for the log.
  RabbitLink(BrokerSettings settings, std::string purpose, core::Log& log);

  /// The connection; tries once when there is none. Null: not now; `pause` before the next try.
  AmqpConnection* get();
  /// After a failure: it is given up.
  void drop(const std::string& why);
  void pause(const std::stop_token& stop);
  /// For any thread.
  [[nodiscard]] bool connected() const noexcept { return connected_; }
  /// How many there have been.
  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
  [[nodiscard]] const RabbitTopology& topology() const noexcept { return topology_; }

 private:
  BrokerSettings settings_;
  RabbitTopology topology_;
  std::string purpose_;
  core::Log& log_;
  std::minstd_rand random_{std::random_device{}()};
  std::unique_ptr<AmqpConnection> connection_;
  std::atomic<bool> connected_{false};
  std::size_t next_;
  std::uint64_t connections_ = 0;
  int failures_ = 0;
  std::string complaint_;
};

}  // namespace chasqui::jobs
