#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/service.hpp"
#include "app/setting_flags.hpp"

namespace chasqui::app {

Command add_worker(CLI::App& root) {
  auto* app = root.add_subcommand("worker", "take episodes of a cluster's queue and compress them");
  add_flags(*app, process_flags);
  return {app, [app](Context& context) {
            merge_flags(context.config, *app, process_flags);
            merge_flag(context.config, "service.engine", std::string("cluster"), "worker");
            return run_worker(context);
          }};
}

}  // namespace chasqui::app
