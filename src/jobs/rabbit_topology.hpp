#pragma once

#include "jobs/amqp_connection.hpp"

#include <array>
#include <string>

namespace chasqui::jobs {

/// Names of exchanges and queues, and how they hang together:
///
///   work (exchange) --high, normal, low--> work queues --rejected, or delivered too often--> dead
///   delay (exchange) --4.high and so on--> delay queues, one per length --time is over--> work
///
/// All are quorum queues.
class RabbitTopology {
 public:
  struct Class {
    std::string_view name;
    int weight;  ///< its share of turns when all have something
  };
  static constexpr std::array classes{Class{"high", 8}, Class{"normal", 4}, Class{"low", 1}};
  static constexpr std::array<std::int64_t, 6> delays_s{1, 4, 16, 64, 256, 1024};

  explicit RabbitTopology(const BrokerSettings& settings)
      : prefix_(settings.prefix), delivery_limit_(settings.delivery_limit) {}

  /// Makes what is missing. Throws Failure(unavailable) when something is there with other properties.
  void declare(AmqpConnection& connection) const;

  static constexpr std::array<int, classes.size()> weights() {
    std::array<int, classes.size()> all{};
    for (std::size_t i = 0; i < classes.size(); ++i) all.at(i) = classes.at(i).weight;
    return all;
  }
  static std::size_t class_of(std::int64_t priority) noexcept;
  [[nodiscard]] std::string work_queue(std::size_t of_class) const;
  [[nodiscard]] std::string dead_queue() const { return prefix_ + ".dead"; }
  [[nodiscard]] std::string delay_queue(std::int64_t seconds) const;
  /// A message about `job`, which `request` began, for the work queue, not before `delay` has passed: perhaps a little
  /// earlier, and then whoever gets it delays it once more.
  [[nodiscard]] AmqpConnection::Letter letter(const std::string& job, std::int64_t priority,
                                              std::chrono::milliseconds delay, const std::string& request) const;

 private:
  std::string prefix_;
  std::int64_t delivery_limit_;
};

}  // namespace chasqui::jobs
