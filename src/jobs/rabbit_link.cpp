#include "jobs/rabbit_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

namespace chasqui::jobs {

RabbitLink::RabbitLink(BrokerSettings settings, std::string purpose, core::Log& log)
    : settings_(std::move(settings)),
      topology_(settings_),
      purpose_(std::move(purpose)),
      log_(log),
      next_(random_() % settings_.addresses.size()) {}

AmqpConnection* RabbitLink::get() {
  if (connection_) return connection_.get();
  const auto& address = settings_.addresses[next_++ % settings_.addresses.size()];
  try {
    auto connection = std::make_unique<AmqpConnection>(settings_, address);
    topology_.declare(*connection);
    connection_ = std::move(connection);
    connected_ = true;
    ++connections_;
    failures_ = 0;
    complaint_.clear();
    log_.info(fmt::format("{}: connected to {}", purpose_, address.name()));
  } catch (const Failure& failure) {
    drop(failure.what());
  }
  return connection_.get();
}

void RabbitLink::drop(const std::string& why) {
  connection_.reset();
  connected_ = false;
  ++failures_;
  if (std::exchange(complaint_, why) != why)
    log_.warning(fmt::format("{}: {}; trying again; see broker.addresses", purpose_, why));
}

void RabbitLink::pause(const std::stop_token& stop) {
  constexpr int longest_ms = 2000;
  constexpr int first_ms = 100;
  const int most = std::min(longest_ms, first_ms << std::clamp(failures_, 0, 5));
  const std::chrono::milliseconds span(most / 2 + static_cast<int>(random_() % static_cast<unsigned>(most / 2)));
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, span, [] { return false; });
}

}  // namespace chasqui::jobs
