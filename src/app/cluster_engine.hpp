#pragma once

#include "app/engine.hpp"
#include "jobs/postgres_database.hpp"
#include "jobs/postgres_dead_letters.hpp"
#include "jobs/rabbit_queue.hpp"
#include "jobs/rabbit_relay.hpp"
#include "jobs/roster.hpp"
#include "jobs/sql_keys.hpp"
#include "jobs/sql_repository.hpp"

namespace chasqui::app {

/// Throws Failure(config) when `database.url` is missing or wrong.
jobs::PostgresSettings postgres_settings(const core::Config& config);
/// Throws Failure(config) when `broker.addresses` is missing or wrong.
jobs::BrokerSettings broker_settings(const core::Config& config);

/// Truth in PostgreSQL, queue on RabbitMQ.
class ClusterEngine final : public Engine {
 public:
  ClusterEngine(const core::Config& config, jobs::Bell& bell, core::Log& log);

  jobs::Repository& repository() override { return repository_; }
  jobs::KeyRepository& keys() override { return keys_; }
  core::Clock clock() override { return database_.clock(); }
  jobs::Queue& queue() override;
  void begin() override;
  jobs::DeadLetters& dead_letters() override { return dead_letters_; }
  void check_ready() override;
  void measure(core::Metrics& metrics) override;
  [[nodiscard]] bool alone() const noexcept override { return false; }
  void declare(const std::string& worker, unsigned slots, unsigned running) override;

 private:
  jobs::Bell& bell_;
  core::Log& log_;
  jobs::BrokerSettings broker_;
  jobs::PostgresDatabase database_;
  jobs::SqlRepository repository_{database_};
  jobs::SqlKeys keys_{database_};
  jobs::PostgresDeadLetters dead_letters_{database_};
  jobs::Outbox outbox_{database_};
  jobs::Roster roster_{database_};
  std::unique_ptr<jobs::RabbitRelay> relay_;
  std::unique_ptr<jobs::RabbitQueue> queue_;
};

}  // namespace chasqui::app
