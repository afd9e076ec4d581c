#include "jobs/rabbit_topology.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chasqui::jobs {

void RabbitTopology::declare(AmqpConnection& connection) const {
  const auto work = prefix_ + ".work";
  const auto delay = prefix_ + ".delay";
  const auto dead = prefix_ + ".dead";
  for (const auto& exchange : {work, delay, dead}) connection.declare_exchange(exchange);
  connection.declare_queue(dead_queue(), {}, dead, "dead");
  AmqpConnection::QueueOptions options;
  options.delivery_limit = delivery_limit_;
  options.dead_letter_exchange = dead;
  options.dead_letter_key = "dead";
  for (std::size_t i = 0; i < classes.size(); ++i) {
    connection.declare_queue(work_queue(i), options, work, std::string(classes.at(i).name));
    for (const auto seconds : delays_s)
      connection.bind(work_queue(i), work, fmt::format("{}.{}", seconds, classes.at(i).name));
  }
  for (const auto seconds : delays_s) {
    AmqpConnection::QueueOptions waiting;
    waiting.message_ttl_ms = seconds * 1000;
    waiting.dead_letter_exchange = work;
    for (const auto& one : classes)
      connection.declare_queue(delay_queue(seconds), waiting, delay, fmt::format("{}.{}", seconds, one.name));
  }
}

std::size_t RabbitTopology::class_of(std::int64_t priority) noexcept {
  if (priority > 0) return 0;
  return priority == 0 ? 1 : 2;
}

std::string RabbitTopology::work_queue(std::size_t of_class) const {
  return fmt::format("{}.work.{}", prefix_, classes.at(of_class).name);
}

std::string RabbitTopology::delay_queue(std::int64_t seconds) const {
  return fmt::format("{}.delay.{}", prefix_, seconds);
}

AmqpConnection::Letter RabbitTopology::letter(const std::string& job, std::int64_t priority,
                                              std::chrono::milliseconds delay, const std::string& request) const {
  const auto name = classes.at(class_of(priority)).name;
  if (delay.count() <= 0) return {prefix_ + ".work", std::string(name), job, request};
  const auto longer =
      std::ranges::find_if(delays_s, [&](std::int64_t seconds) { return seconds * 1000 > delay.count(); });
  const auto seconds = longer == delays_s.begin() ? delays_s.front() : *(longer - 1);
  return {prefix_ + ".delay", fmt::format("{}.{}", seconds, name), job, request};
}

}  // namespace chasqui::jobs
