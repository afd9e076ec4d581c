#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/service.hpp"

#include <memory>
#include <optional>

namespace chasqui::app {

Command add_worker(CLI::App& root) {
  struct Flags {
    std::optional<std::string> data, shared, workers;
  };
  auto* app = root.add_subcommand("worker", "take episodes of a cluster's queue and compress them");
  auto flags = std::make_shared<Flags>();
  app->add_option("--data", flags->data, "folder of this process; made when missing");
  app->add_option("--shared", flags->shared, "folder with recordings and results that all processes see");
  app->add_option("--workers", flags->workers, "episodes compressed at once (default 1)");
  return {app, [flags](Context& context) {
            merge_flag(context.config, "data.folder", flags->data, "--data");
            merge_flag(context.config, "service.shared_folder", flags->shared, "--shared");
            merge_flag(context.config, "worker.count", flags->workers, "--workers");
            merge_flag(context.config, "service.engine", std::string("cluster"), "worker");
            return run_worker(context);
          }};
}

}  // namespace chasqui::app
