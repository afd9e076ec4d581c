#include "app/cluster_engine.hpp"
#include "app/command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <memory>

namespace chasqui::app {

Command add_workers(CLI::App& root) {
  auto* app = root.add_subcommand("workers", "who works for the cluster engine, and on how much");
  auto json = std::make_shared<bool>(false);
  app->add_flag("--json", *json, "machine-readable");
  return {app, [json](const Context& context) {
            jobs::PostgresDatabase database(postgres_settings(context.config));
            boost::json::array rows;
            std::string text;
            for (const auto& worker : jobs::Roster(database).list()) {
              const auto seen = core::timestamp(worker.seen);
              rows.push_back(boost::json::object{{"name", worker.name},
                                                 {"slots", worker.slots},
                                                 {"running", worker.running},
                                                 {"version", worker.version},
                                                 {"seen", seen}});
              text += fmt::format("{:<32} {} of {} at work, version {}, seen {}\n", worker.name, worker.running,
                                  worker.slots, worker.version, seen);
            }
            if (*json)
              print_json(rows);
            else
              print_text(text.empty() ? "nobody works\n" : text);
            return 0;
          }};
}

}  // namespace chasqui::app
