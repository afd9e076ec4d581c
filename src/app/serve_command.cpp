#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/service.hpp"
#include "app/setting_flags.hpp"

#include <memory>

namespace chasqui::app {
namespace {

constexpr std::array serve_flags{
    SettingFlag{"--engine", "service.engine", "embedded (default) or cluster: PostgreSQL, RabbitMQ, `chasqui worker`"},
    SettingFlag{"--address", "server.address", "address to listen on (default 127.0.0.1)"},
    SettingFlag{"--port", "server.port", "port to listen on (default 8080); 0: any that is free"},
};

}  // namespace

Command add_serve(CLI::App& root) {
  auto* app = root.add_subcommand("serve", "HTTP service: API, queue, workers and storage in one process");
  const auto open = std::make_shared<bool>(false);
  add_flags(*app, process_flags);
  add_flags(*app, serve_flags);
  app->add_flag("--open", *open, "everybody may submit, without a key");
  return {app, [app, open](Context& context) {
            merge_flags(context.config, *app, process_flags);
            merge_flags(context.config, *app, serve_flags);
            if (*open) merge_flag(context.config, "access.submit", std::string("open"), "--open");
            return run_service(context);
          }};
}

}  // namespace chasqui::app
