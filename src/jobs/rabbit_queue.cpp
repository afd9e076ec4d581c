#include "jobs/rabbit_queue.hpp"

#include "core/random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait = 1s;
constexpr auto idle_look = 50ms;  // between two looks at a broker that had nothing
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
    ++asked_;
    asked_more_.notify_one();
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
  ++asked_;
  asked_more_.notify_one();
}

std::uint64_t RabbitQueue::asked() {
  const std::lock_guard lock(mutex_);
  return asked_;
}

void RabbitQueue::await_more(std::uint64_t seen, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  asked_more_.wait_for(lock, stop, idle_look, [&] { return asked_ != seen; });
}

void RabbitQueue::keep_connection(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto* connection = link_.get();
    if (connection == nullptr) {
      link_.pause(stop);
      continue;
    }
    const auto seen = asked();
    try {
      connection->pump(connection->blocked() ? idle_look : 0ms);
      if (!connection->blocked() && !turn(*connection)) await_more(seen, stop);
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
  for (auto one = settled.begin(); one != settled.end(); ++one) {
    // Of an earlier connection: the broker has taken it back already.
    if (one->held.connection != link_.connections()) continue;
    try {
      settle(connection, *one);
    } catch (const BrokerBlocked& blocked) {
      log_.warning(fmt::format("queue: {}", blocked.what()));
      const std::lock_guard lock(mutex_);
      settled_.insert(settled_.begin(), one, settled.end());
      return false;
    }
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

std::optional<AmqpConnection::Message> RabbitQueue::next_message(AmqpConnection& connection) {
  const auto order = turns_.order();
  for (const auto i : order) {
    if (auto message = connection.get(link_.topology().work_queue(i))) {
      turns_.served(order, i);
      return message;
    }
  }
  return std::nullopt;
}

}  // namespace chasqui::jobs
