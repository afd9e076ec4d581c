#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/service.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace chasqui::app {

Command add_serve(CLI::App& root) {
  struct Flags {
    std::optional<std::string> data, shared, engine, address, port, workers;
    bool open = false;
  };
  auto* app = root.add_subcommand("serve", "HTTP service: API, queue, workers and storage in one process");
  auto flags = std::make_shared<Flags>();
  app->add_option("--data", flags->data, "folder for everything it keeps; made when missing");
  app->add_option("--engine", flags->engine, "embedded (default) or cluster: PostgreSQL, RabbitMQ, `chasqui worker`");
  app->add_option("--shared", flags->shared, "of a cluster: folder with recordings and results that all processes see");
  app->add_option("--address", flags->address, "address to listen on (default 127.0.0.1)");
  app->add_option("--port", flags->port, "port to listen on (default 8080); 0: any that is free");
  app->add_option("--workers", flags->workers, "episodes compressed at once (default 1)");
  app->add_flag("--open", flags->open, "everybody may submit, without a key");
  return {app, [flags](Context& context) {
            merge_flag(context.config, "data.folder", flags->data, "--data");
            merge_flag(context.config, "service.engine", flags->engine, "--engine");
            merge_flag(context.config, "service.shared_folder", flags->shared, "--shared");
            merge_flag(context.config, "server.address", flags->address, "--address");
            merge_flag(context.config, "server.port", flags->port, "--port");
            merge_flag(context.config, "worker.count", flags->workers, "--workers");
            if (flags->open) merge_flag(context.config, "access.submit", std::string("open"), "--open");
            return run_service(context);
          }};
}

}  // namespace chasqui::app
