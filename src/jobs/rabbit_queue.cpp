#include "jobs/rabbit_queue.hpp"

#include "core/random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait = 1s;
constexpr auto idle_look = 50ms;  // between two looks at the broker, and how late a verdict is passed on
constexpr auto database_pause = 500ms;
constexpr auto twin_pause = 1s;

}  // namespace

RabbitQueue::RabbitQueue(BrokerSettings settings, Repository& repository, core::Clock clock, core::Log& log)
    : repository_(repository),
      clock_(std::move(clock)),
      log_(log),
      link_(std::move(settings), "queue", log),
      thread_([this](const std::stop_token& stop) { keep_connection(stop); }) {}

std::optional<Job> RabbitQueue::take(const std::string& worker, core::Millis lease, const std::stop_token& stop) {
  Settled settled;
  {
    std::unique_lock lock(mutex_);
    ++wanted_;
    came_.wait_for(lock, stop, longest_wait, [this] { return !arrived_.empty(); });
    --wanted_;
    if (arrived_.empty()) return std::nullopt;
    settled.held = std::move(arrived_.front());
    arrived_.pop_front();
  }
  const auto& id = settled.held.message.body;
  const core::LogTags tags{.request = settled.held.message.correlation_id};
  if (!core::is_id(id)) {
    log_.warning(fmt::format("queue: a message names no job: {}", core::printable(id, 60)), tags);
    settled.verdict = Verdict::dead;
    give_verdict(std::move(settled));
    return std::nullopt;
  }
  for (;;) {
    try {
      auto job = repository_.claim_one(id, worker, clock_(), lease);
      if (!job && job.error().code == Errc::busy) {
        const auto waiting = repository_.find(id);
        const auto left = waiting ? waiting->not_before - clock_() : core::Millis(0);
        settled.verdict = Verdict::later;
        settled.priority = waiting ? waiting->priority : 0;
        settled.delay = std::max<core::Millis>(left, twin_pause);
      }
      give_verdict(std::move(settled));
      return job ? std::optional(*std::move(job)) : std::nullopt;
    } catch (const Failure& failure) {
      // The message is held until the database is back: handing it back again and again would make it a dead letter.
      log_.debug(fmt::format("queue: {}", failure.what()), {.request = tags.request, .job = id});
      std::unique_lock lock(mutex_);
      came_.wait_for(lock, stop, database_pause, [] { return false; });
    }
    if (stop.stop_requested()) {
      settled.verdict = Verdict::again;
      give_verdict(std::move(settled));
      return std::nullopt;
    }
  }
}

void RabbitQueue::give_verdict(Settled settled) {
  const std::lock_guard lock(mutex_);
  settled_.push_back(std::move(settled));
}

void RabbitQueue::keep_connection(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto* connection = link_.get();
    if (connection == nullptr) {
      link_.pause(stop);
      continue;
    }
    try {
      if (!turn(*connection)) connection->pump(idle_look);
    } catch (const Failure& failure) {
      link_.drop(failure.what());
      const std::lock_guard lock(mutex_);
      arrived_.clear();  // the broker will offer them again
    }
  }
  // What was decided is passed on before the connection ends.
  try {
    if (link_.connected()) pass_verdicts(*link_.get());
  } catch (const Failure& failure) {
    log_.debug(fmt::format("queue: {}", failure.what()));
  }
}

bool RabbitQueue::turn(AmqpConnection& connection) {
  const bool passed = pass_verdicts(connection);
  {
    const std::lock_guard lock(mutex_);
    if (arrived_.size() >= wanted_) return passed;
  }
  auto message = next_message(connection);
  if (!message) return passed;
  const std::lock_guard lock(mutex_);
  arrived_.push_back({*std::move(message), link_.connections()});
  came_.notify_all();
  return true;
}

bool RabbitQueue::pass_verdicts(AmqpConnection& connection) {
  std::vector<Settled> settled;
  {
    const std::lock_guard lock(mutex_);
    settled.swap(settled_);
  }
  for (const auto& one : settled) {
    // Of an earlier connection: the broker has taken it back already.
    if (one.held.connection == link_.connections()) settle(connection, one);
  }
  return !settled.empty();
}

void RabbitQueue::settle(AmqpConnection& connection, const Settled& settled) {
  const auto& message = settled.held.message;
  switch (settled.verdict) {
    case Verdict::done:
      return connection.acknowledge(message.tag);
    case Verdict::later: {
      const auto letter =
          link_.topology().letter(message.body, settled.priority, settled.delay, message.correlation_id);
      connection.publish({&letter, 1});
      return connection.acknowledge(message.tag);
    }
    case Verdict::dead:
      return connection.reject(message.tag, false);
    case Verdict::again:
      return connection.reject(message.tag, true);
  }
}

/// Smooth weighted round robin: over time each class is asked first as often as its weight says, and when it has
/// nothing the others follow.
std::optional<AmqpConnection::Message> RabbitQueue::next_message(AmqpConnection& connection) {
  constexpr auto& classes = RabbitTopology::classes;
  std::array<std::size_t, classes.size()> order{};
  int total = 0;
  for (std::size_t i = 0; i < classes.size(); ++i) {
    order.at(i) = i;
    credit_.at(i) += classes.at(i).weight;
    total += classes.at(i).weight;
  }
  std::ranges::sort(order, [this](std::size_t a, std::size_t b) { return credit_.at(a) > credit_.at(b); });
  for (const auto i : order) {
    if (auto message = connection.get(link_.topology().work_queue(i))) {
      credit_.at(i) -= total;
      return message;
    }
    credit_.at(i) = 0;  // it has nothing to save up for
  }
  return std::nullopt;
}

}  // namespace chasqui::jobs
