#include "app/cluster_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chasqui/compress.hpp>
#include <chrono>

namespace chasqui::app {
namespace {

std::string needed(const core::Config& config, std::string_view key, std::string_view example) {
  const auto& value = config.text(key);
  if (value.empty())
    throw Failure(Errc::config,
                  fmt::format("{} is not set, which the cluster engine needs: set it in the configuration "
                              "file, or {} in the environment, to e.g. {}",
                              key, core::environment_name(key), example));
  return value;
}

}  // namespace

jobs::PostgresSettings postgres_settings(const core::Config& config) {
  jobs::PostgresSettings settings;
  settings.url = needed(config, "database.url", "postgresql://chasqui@host/chasqui");
  settings.password_file = config.text("database.password_file");
  settings.connections = static_cast<std::size_t>(config.integer("database.connections"));
  settings.connect_time = std::chrono::seconds(config.integer("database.connect_seconds"));
  settings.statement_time = std::chrono::seconds(config.integer("database.statement_seconds"));
  return settings;
}

jobs::BrokerSettings broker_settings(const core::Config& config) {
  jobs::BrokerSettings settings;
  settings.addresses = jobs::parse_amqp_addresses(needed(config, "broker.addresses", "amqp://chasqui@host:5672/"));
  settings.password_file = config.text("broker.password_file");
  settings.ca_file = config.text("broker.ca_file");
  settings.certificate_file = config.text("broker.certificate_file");
  settings.key_file = config.text("broker.key_file");
  settings.heartbeat = std::chrono::seconds(config.integer("broker.heartbeat_seconds"));
  settings.delivery_limit = config.integer("broker.delivery_limit");
  settings.prefix = config.text("broker.prefix");
  return settings;
}

ClusterEngine::ClusterEngine(const core::Config& config, jobs::Bell& bell, core::Log& log)
    : bell_(bell), log_(log), broker_(broker_settings(config)), database_(postgres_settings(config)) {
  // The clock and the version of the tables, if the database is there already.
  try {
    database_.set_clock();
  } catch (const Failure& failure) {
    log_.warning(fmt::format("{}; trying again", failure.what()));
  }
}

jobs::Queue& ClusterEngine::queue() {
  if (!queue_) queue_ = std::make_unique<jobs::RabbitQueue>(broker_, repository_, clock(), log_);
  return *queue_;
}

void ClusterEngine::begin() {
  relay_ = std::make_unique<jobs::RabbitRelay>(
      broker_, jobs::RabbitRelay::Parts{database_, dead_letters_, bell_, clock(), log_});
}

void ClusterEngine::check_ready() {
  try {
    repository_.check();
  } catch (const Failure& failure) {
    // Tables of another version are brought up to date by somebody else, sooner or later.
    if (failure.code() == Errc::conflict) throw Failure(Errc::unavailable, failure.what());
    throw;
  }
  // Once it has been reached, its absence keeps nobody from handing in: the outbox waits for it.
  if (relay_ && !relay_->began())
    throw Failure(Errc::unavailable, "the broker has not been reached yet; see broker.addresses");
}

void ClusterEngine::measure(core::Metrics& metrics) {
  const auto show = [&](const char* purpose, bool connected) {
    metrics.set("chasqui_broker_connected", {{"purpose", purpose}}, connected ? 1 : 0);
  };
  if (relay_) show("relay", relay_->connected());
  if (queue_) show("queue", queue_->connected());
  try {
    const auto since = outbox_.oldest();
    const auto age = since ? std::max<core::Millis>(clock()() - *since, core::Millis(0)) : core::Millis(0);
    metrics.set("chasqui_outbox_age_seconds", {}, std::chrono::duration<double>(age).count());
    metrics.set("chasqui_dead_letters", {}, static_cast<double>(dead_letters_.count()));
  } catch (const Failure&) {  // of which chasqui_database_up tells
    metrics.unset("chasqui_outbox_age_seconds");
    metrics.unset("chasqui_dead_letters");
  }
}

void ClusterEngine::declare(const std::string& worker, unsigned slots, unsigned running) {
  if (slots == 0)
    roster_.strike_off(worker);
  else
    roster_.declare({worker, slots, running, version(), clock()()});
}

}  // namespace chasqui::app
