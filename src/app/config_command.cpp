#include "app/command.hpp"
#include "app/service_settings.hpp"

#include <fmt/format.h>

#include <memory>

namespace chasqui::app {

Command add_config(CLI::App& root) {
  auto* app = root.add_subcommand("config", "check, show or document the configuration");
  app->require_subcommand(1);
  const auto* check = app->add_subcommand("check", "say whether file and environment are right");
  const auto* show = app->add_subcommand("show", "print every value in force and where it comes from");
  const auto* docs = app->add_subcommand("docs", "print the table of all keys as Markdown");
  return {app, [=](const Context& context) {
            std::string text;
            if (docs->parsed()) text = core::config_documentation();
            if (check->parsed()) {
              static_cast<void>(server_settings(context.config));  // refuses what the table cannot see
              text = "configuration is right\n";
            }
            if (show->parsed()) {
              for (const auto& key : core::config_table()) {
                text += fmt::format("{} = {}  # {}\n", key.name, context.config.text(key.name),
                                    context.config.source(key.name));
              }
            }
            print_text(text);
            return 0;
          }};
}

}  // namespace chasqui::app
