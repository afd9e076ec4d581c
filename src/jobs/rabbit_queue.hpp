#pragma once

#include "core/log.hpp"
#include "jobs/fair_turns.hpp"
#include "jobs/queue.hpp"
#include "jobs/rabbit_link.hpp"
#include "jobs/repository.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace chasqui::jobs {

/// Jobs that RabbitMQ offers, claimed in the repository, which alone says whose they are: a message is only a hint,
/// and may come late or twice. It is acknowledged as soon as the lease stands (docs/decisions/0009), so that no message
/// is held while a recording is encoded. A thread of its own owns the connection and keeps its heartbeats.
/// Never more messages are held than callers wait in `take`.
class RabbitQueue final : public Queue {
 public:
  RabbitQueue(BrokerSettings settings, Repository& repository, core::Clock clock, core::Log& log);

  std::optional<Job> take(const std::string& worker, core::Millis lease, const std::stop_token& stop) override;
  /// To a broker, at the moment.
  [[nodiscard]] bool connected() const noexcept { return link_.connected(); }

 private:
  enum class Verdict : std::uint8_t { done, later, dead, again };
  struct Held {
    AmqpConnection::Message message;
    std::uint64_t connection = 0;  ///< which of them, by count: a tag is good on its own only
  };
  struct Settled {
    Held held;
    Verdict verdict = Verdict::done;
    std::int64_t priority = 0;
    core::Millis delay{};
  };

  void keep_connection(const std::stop_token& stop);
  /// Answers whether there was anything to do.
  bool turn(AmqpConnection& connection);
  void settle(AmqpConnection& connection, const Settled& settled);
  std::optional<AmqpConnection::Message> next_message(AmqpConnection& connection);
  bool pass_verdicts(AmqpConnection& connection);
  void give_verdict(Settled settled);
  std::uint64_t asked();
  /// Until a slot has become free or a verdict has been given since `seen`, or it is time to look at the broker again.
  void await_more(std::uint64_t seen, const std::stop_token& stop);

  Repository& repository_;
  core::Clock clock_;
  core::Log& log_;
  RabbitLink link_;                                                             // of the thread
  FairTurns<RabbitTopology::classes.size()> turns_{RabbitTopology::weights()};  // of the thread
  std::mutex mutex_;                                                            // guards the following
  std::condition_variable_any came_, asked_more_;
  std::size_t wanted_ = 0;
  std::uint64_t asked_ = 0;  // grows with whatever the thread has to see to
  std::deque<Held> arrived_;
  std::vector<Settled> settled_;
  std::jthread thread_;
};

}  // namespace chasqui::jobs
