#include "app/cluster_engine.hpp"
#include "app/command.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <memory>

namespace chasqui::app {
namespace {

int list(jobs::DeadLetters& letters, bool json) {
  constexpr std::size_t most = 1000;
  boost::json::array rows;
  std::string text;
  for (const auto& letter : letters.list(most)) {
    const auto received = core::timestamp(letter.received);
    rows.push_back(boost::json::object{{"id", letter.id},
                                       {"received", received},
                                       {"queue", letter.queue},
                                       {"reason", letter.reason},
                                       {"message", letter.body}});
    text += fmt::format("{}  {}  {}  {}  {}\n", letter.id, received, letter.queue, letter.reason, letter.body);
  }
  if (json)
    print_json(rows);
  else
    print_text(text);
  return 0;
}

}  // namespace

Command add_dead_letters(CLI::App& root) {
  struct Flags {
    std::int64_t id = 0;
    bool json = false;
  };
  auto* app = root.add_subcommand("dead-letters", "messages that the cluster engine's queue gave up");
  app->require_subcommand(1);
  auto flags = std::make_shared<Flags>();
  auto* listing = app->add_subcommand("list", "the newest first");
  listing->add_flag("--json", flags->json, "machine-readable");
  auto* replaying = app->add_subcommand("replay", "put the job of one into the queue again");
  auto* removing = app->add_subcommand("remove", "forget one");
  for (auto* command : {replaying, removing})
    command->add_option("ID", flags->id, "as `dead-letters list` shows it")->required();
  return {app, [=](const Context& context) {
            jobs::PostgresDatabase database(postgres_settings(context.config));
            jobs::PostgresDeadLetters letters(database);
            if (listing->parsed()) return list(letters, flags->json);
            if (replaying->parsed())
              value_or_throw(letters.replay(flags->id));
            else if (!letters.remove(flags->id))
              throw Failure(Errc::not_found, fmt::format("{}: no such dead letter", flags->id));
            return 0;
          }};
}

}  // namespace chasqui::app
