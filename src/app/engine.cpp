#include "app/engine.hpp"

#include "app/cluster_engine.hpp"
#include "jobs/database_queue.hpp"
#include "jobs/no_dead_letters.hpp"
#include "jobs/sql_keys.hpp"
#include "jobs/sql_repository.hpp"
#include "jobs/sqlite_database.hpp"

namespace chasqui::app {
namespace {

/// All in one process; the queue is in the database.
class EmbeddedEngine final : public Engine {
 public:
  EmbeddedEngine(const std::filesystem::path& file, jobs::Bell& bell)
      : database_(file), queue_(repository_, bell, core::system_clock()) {}

  jobs::Repository& repository() override { return repository_; }
  jobs::KeyRepository& keys() override { return keys_; }
  core::Clock clock() override { return core::system_clock(); }
  jobs::Queue& queue() override { return queue_; }
  void begin() override {}
  jobs::DeadLetters& dead_letters() override { return dead_letters_; }
  void check_ready() override { repository_.check(); }
  void measure(core::Metrics& /*metrics*/) override {}
  [[nodiscard]] bool alone() const noexcept override { return true; }
  void declare(const std::string& /*worker*/, unsigned /*slots*/, unsigned /*running*/) override {}

 private:
  jobs::SqliteDatabase database_;
  jobs::SqlRepository repository_{database_};
  jobs::SqlKeys keys_{database_};
  jobs::DatabaseQueue queue_;
  jobs::NoDeadLetters dead_letters_;
};

}  // namespace

bool is_cluster(const core::Config& config) {
  return config.text("service.engine") == "cluster";
}

std::unique_ptr<Engine> make_engine(const core::Config& config, const std::filesystem::path& database, jobs::Bell& bell,
                                    core::Log& log) {
  if (is_cluster(config)) return std::make_unique<ClusterEngine>(config, bell, log);
  return std::make_unique<EmbeddedEngine>(database, bell);
}

}  // namespace chasqui::app
