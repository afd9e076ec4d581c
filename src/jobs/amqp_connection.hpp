#pragma once

#include "jobs/amqp_address.hpp"

#include <chasqui/error.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace chasqui::jobs {

struct BrokerSettings {
  std::vector<AmqpAddress> addresses;
  std::filesystem::path password_file;                        ///< empty: the password is "guest", as of a new broker
  std::filesystem::path ca_file, certificate_file, key_file;  ///< of TLS; ca_file empty: the system's
  std::chrono::seconds heartbeat{10};
  std::chrono::seconds connect_time{3};
  std::int64_t delivery_limit = 20;
  std::string prefix = "chasqui";  ///< of the names of queues and exchanges
};

/// Trouble with a broker, apart from trouble with the database, which is unavailable too.
class BrokerFailure : public Failure {
 public:
  explicit BrokerFailure(const std::string& message) : Failure(Errc::unavailable, message) {}
};

/// A broker that is short of disk or memory takes nothing more, and does not read what comes over this connection until
/// it says otherwise (https://www.rabbitmq.com/docs/alarms). The connection lives on; what was published is on its way,
/// without a confirm.
class BrokerBlocked : public Failure {
 public:
  explicit BrokerBlocked(const std::string& message) : Failure(Errc::unavailable, message) {}
};

/// One connection to a broker over librabbitmq, with one channel. Used by one thread, which also must call `pump` at
/// least every half heartbeat. Any trouble but BrokerBlocked throws BrokerFailure and ends the connection: make
/// another.
class AmqpConnection {
 public:
  /// Connects, logs in, opens a channel with publisher confirms.
  AmqpConnection(const BrokerSettings& settings, const AmqpAddress& address);
  ~AmqpConnection();
  AmqpConnection(const AmqpConnection&) = delete;
  AmqpConnection& operator=(const AmqpConnection&) = delete;

  /// Of a durable queue; -1: not set.
  struct QueueOptions {
    bool quorum = true;
    std::int64_t delivery_limit = -1;
    std::int64_t message_ttl_ms = -1;
    std::string dead_letter_exchange;
    std::string dead_letter_key;  ///< empty: the key that it came with
  };
  void declare_exchange(const std::string& name);  ///< direct, durable
  /// And binds it to `exchange` by `key`.
  void declare_queue(const std::string& name, const QueueOptions& options, const std::string& exchange,
                     const std::string& key);

  void bind(const std::string& queue, const std::string& exchange, const std::string& key);

  struct Letter {
    std::string exchange, key, body;
    std::string correlation_id;  ///< empty: none
  };
  /// Persistent; returns when the broker has confirmed every one of them, and none came back as unroutable. Throws
  /// BrokerBlocked.
  void publish(std::span<const Letter> letters);

  struct Message {
    std::uint64_t tag = 0;
    std::string body, correlation_id;
    std::string reason, queue;  ///< why and where from it became a dead letter; else empty
  };
  /// The next of a queue, to be acknowledged or rejected.
  std::optional<Message> get(const std::string& queue);
  void acknowledge(std::uint64_t tag);
  /// Without `again` it goes to the dead letters.
  void reject(std::uint64_t tag, bool again);
  /// Messages that are ready in a queue.
  std::uint32_t ready(const std::string& queue);
  /// Sends and checks heartbeats for as long as `span`.
  void pump(std::chrono::milliseconds span);
  /// Whether the broker takes nothing now: then only `pump` is to be called.
  [[nodiscard]] bool blocked() const noexcept;

 private:
  void await_confirms();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chasqui::jobs
