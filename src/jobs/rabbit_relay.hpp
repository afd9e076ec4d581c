#pragma once

#include "core/log.hpp"
#include "jobs/bell.hpp"
#include "jobs/dead_letters.hpp"
#include "jobs/outbox.hpp"
#include "jobs/rabbit_link.hpp"

#include <atomic>
#include <thread>

namespace chasqui::jobs {

/// Carries what the database's outbox holds to RabbitMQ, and what RabbitMQ gave up to the table of dead letters. Each
/// process has one; several share the work. A thread of its own owns its connection.
class RabbitRelay {
 public:
  struct Parts {
    PostgresDatabase& database;
    DeadLetters& dead_letters;
    Bell& bell;  ///< rung when a job may have begun to wait
    core::Clock clock;
    core::Log& log;
  };
  RabbitRelay(BrokerSettings settings, Parts parts);

  /// Whether the broker was reached at least once.
  [[nodiscard]] bool began() const noexcept { return began_; }
  /// To a broker, at the moment.
  [[nodiscard]] bool connected() const noexcept { return link_.connected(); }

 private:
  void carry(const std::stop_token& stop);
  std::size_t forward(AmqpConnection& connection);
  void bury(AmqpConnection& connection);
  void remind(AmqpConnection& connection);

  Parts parts_;
  Outbox outbox_;
  RabbitLink link_;  // of the thread
  std::atomic<bool> began_{false};
  std::jthread thread_;
};

}  // namespace chasqui::jobs
