#include "jobs/rabbit_relay.hpp"

#include "core/random.hpp"

#include <fmt/format.h>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t relayed_at_once = 256;
constexpr auto idle_look = 100ms;
constexpr auto bury_every = 1s;
constexpr auto remind_every = 15s;
constexpr auto forgotten = 30s;  // a job that waits so long beside empty queues was lost by the broker
constexpr auto after_trouble = 500ms;

}  // namespace

RabbitRelay::RabbitRelay(BrokerSettings settings, Parts parts)
    : parts_(std::move(parts)),
      outbox_(parts_.database),
      link_(std::move(settings), "relay", parts_.log),
      thread_([this](const std::stop_token& stop) { carry(stop); }) {}

void RabbitRelay::carry(const std::stop_token& stop) {
  auto next_bury = Steady::now();
  auto next_remind = Steady::now() + remind_every;
  std::string complaint;
  while (!stop.stop_requested()) {
    auto* connection = link_.get();
    if (connection == nullptr) {
      link_.pause(stop);
      continue;
    }
    began_ = true;
    const auto rings = parts_.bell.rings();
    std::size_t carried = 0;
    try {
      connection->pump(connection->blocked() ? idle_look : 0ms);
      if (connection->blocked()) continue;
      carried = forward(*connection);
      if (Steady::now() >= next_bury) {
        bury(*connection);
        next_bury = Steady::now() + bury_every;
      }
      if (Steady::now() >= next_remind) {
        remind(*connection);
        parts_.database.set_clock();
        next_remind = Steady::now() + remind_every;
      }
      complaint.clear();
      if (carried == 0) parts_.bell.wait(rings, idle_look, stop);
    } catch (const BrokerFailure& failure) {
      link_.drop(failure.what());
    } catch (const std::exception& failure) {
      if (std::exchange(complaint, failure.what()) != failure.what())
        parts_.log.warning(fmt::format("relay: {}", failure.what()));
      parts_.bell.wait(parts_.bell.rings(), after_trouble, stop);
    }
  }
}

std::size_t RabbitRelay::forward(AmqpConnection& connection) {
  return outbox_.forward(relayed_at_once, [&](const std::vector<Outbox::Entry>& entries) {
    std::vector<AmqpConnection::Letter> letters;
    letters.reserve(entries.size());
    const auto now = parts_.clock();
    for (const auto& entry : entries)
      letters.push_back(link_.topology().letter(entry.job, entry.priority, entry.not_before - now, entry.request));
    connection.publish(letters);
  });
}

void RabbitRelay::bury(AmqpConnection& connection) {
  while (const auto message = connection.get(link_.topology().dead_queue())) {
    parts_.dead_letters.add({0, parts_.clock(), message->queue, message->reason, message->body});
    connection.acknowledge(message->tag);
    parts_.log.warning(fmt::format("a dead letter from {}: {}", message->queue, message->reason),
                       {.request = message->correlation_id, .job = core::is_id(message->body) ? message->body : ""});
  }
}

void RabbitRelay::remind(AmqpConnection& connection) {
  const auto& topology = link_.topology();
  std::uint32_t messages = 0;
  for (std::size_t i = 0; i < RabbitTopology::classes.size(); ++i) messages += connection.ready(topology.work_queue(i));
  for (const auto seconds : RabbitTopology::delays_s) {
    if (std::chrono::seconds(seconds) <= forgotten) messages += connection.ready(topology.delay_queue(seconds));
  }
  if (messages > 0) return;
  if (const auto count = outbox_.remind(parts_.clock() - forgotten); count > 0)
    parts_.log.warning(fmt::format("relay: told the broker again of {} jobs that it had lost", count));
}

}  // namespace chasqui::jobs
