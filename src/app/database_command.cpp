#include "app/cluster_engine.hpp"
#include "app/command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <memory>

namespace chasqui::app {

Command add_database(CLI::App& root) {
  auto* app = root.add_subcommand("db", "the tables of the cluster engine's database: bring them up to date, or look");
  app->require_subcommand(1);
  const auto* migrating = app->add_subcommand("migrate", "bring the tables to this program's version");
  auto* looking = app->add_subcommand("status", "say whether they are");
  auto json = std::make_shared<bool>(false);
  looking->add_flag("--json", *json, "machine-readable");
  return {app, [=](const Context& context) {
            const auto settings = postgres_settings(context.config);
            if (migrating->parsed()) {
              const int steps = jobs::migrate(settings);
              print_text(steps == 0 ? "nothing to do\n" : fmt::format("done: {} steps\n", steps));
              return 0;
            }
            const auto status = jobs::schema_status(settings);
            const auto text =
                fmt::format("tables of version {}, this program needs {}: {}\n", status.found, status.wanted,
                            status.found == status.wanted  ? "as they should be"
                            : status.usable                ? "later, and good for this one, too"
                            : status.found > status.wanted ? "use the later chasqui"
                                                           : "run `chasqui db migrate`");
            if (*json)
              print_json(
                  boost::json::object{{"found", status.found}, {"wanted", status.wanted}, {"usable", status.usable}});
            else
              print_text(text);
            constexpr int not_as_should = 1;
            return status.usable ? 0 : not_as_should;
          }};
}

}  // namespace chasqui::app
