#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"
#include "jobs/bell.hpp"
#include "jobs/dead_letters.hpp"
#include "jobs/key.hpp"
#include "jobs/queue.hpp"
#include "jobs/repository.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace chasqui::app {

/// Where jobs, keys and the queue live: `service.engine`. Everything it gives is for any thread and ends with it.
class Engine {
 public:
  Engine() = default;
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  virtual jobs::Repository& repository() = 0;
  virtual jobs::KeyRepository& keys() = 0;
  virtual core::Clock clock() = 0;
  /// Begins to take jobs from elsewhere.
  virtual jobs::Queue& queue() = 0;
  /// Begins to pass on what waits; for processes that stay.
  virtual void begin() = 0;
  virtual jobs::DeadLetters& dead_letters() = 0;
  /// Throws Failure when this process cannot take anything in yet.
  virtual void check_ready() = 0;
  /// Brings up to date what is only measured when somebody looks.
  virtual void measure(core::Metrics& metrics) = 0;
  /// Whether whoever held a lease when this process began is dead: nobody else works on the same data.
  [[nodiscard]] virtual bool alone() const noexcept = 0;
  /// That `worker` can take `slots` jobs at once and has `running`; 0 and 0: it is leaving.
  virtual void declare(const std::string& worker, unsigned slots, unsigned running) = 0;
};

/// `database`: file of the embedded one. Throws Failure(config) naming what is missing; a server that is out of reach
/// is no failure yet.
std::unique_ptr<Engine> make_engine(const core::Config& config, const std::filesystem::path& database, jobs::Bell& bell,
                                    core::Log& log);
[[nodiscard]] bool is_cluster(const core::Config& config);

}  // namespace chasqui::app
