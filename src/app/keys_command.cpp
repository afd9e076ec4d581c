#include "app/batch.hpp"
#include "app/cluster_engine.hpp"
#include "app/command.hpp"
#include "app/service_settings.hpp"
#include "jobs/key.hpp"
#include "jobs/sql_keys.hpp"
#include "jobs/sqlite_database.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace chasqui::app {
namespace {

struct KeysFlags {
  std::optional<std::string> data;
  std::string label, id;
  std::string scopes = "submit,read";
  double days = 0;
  bool json = false;
};

boost::json::object row(const jobs::Key& key) {
  const auto moment = [](const std::optional<core::Time>& time) {
    return time ? boost::json::value(core::timestamp(*time)) : boost::json::value(nullptr);
  };
  return {{"id", key.id},
          {"label", key.label},
          {"scopes", jobs::text(key.scopes)},
          {"created", core::timestamp(key.created)},
          {"expires", moment(key.expires)},
          {"revoked", moment(key.revoked)}};
}

int add(jobs::KeyRepository& keys, const KeysFlags& flags) {
  const auto now = core::system_clock()();
  std::optional<core::Time> expires;
  if (flags.days > 0) expires = now + core::Millis(static_cast<std::int64_t>(flags.days * 86'400'000));
  const auto made = jobs::make_key(flags.label, value_or_throw(jobs::scopes_named(flags.scopes)), expires, now);
  keys.add(made.key);
  if (flags.json) {
    auto object = row(made.key);
    object["key"] = made.text;
    print_json(object);
  } else {
    print_text(fmt::format("{}\nKeep it: it is shown this once. Scopes: {}.\n", made.text, flags.scopes));
  }
  return 0;
}

int list(jobs::KeyRepository& keys, const KeysFlags& flags) {
  boost::json::array rows;
  std::string text;
  for (const auto& key : keys.list()) {
    rows.push_back(row(key));
    text += fmt::format("{}  {:<18} {}  {}{}{}\n", key.id, jobs::text(key.scopes), core::timestamp(key.created),
                        printable(key.label), key.expires ? ", expires " + core::timestamp(*key.expires) : "",
                        key.revoked ? ", revoked " + core::timestamp(*key.revoked) : "");
  }
  if (flags.json)
    print_json(rows);
  else
    print_text(text);
  return 0;
}

int revoke(jobs::KeyRepository& keys, const KeysFlags& flags) {
  if (!keys.revoke(flags.id, core::system_clock()()))
    throw Failure(Errc::not_found,
                  fmt::format("{}: no such key, or revoked already; see `chasqui keys list`", flags.id));
  return 0;
}

}  // namespace

Command add_keys(CLI::App& root) {
  auto* app = root.add_subcommand("keys", "who may use the service: add, list and revoke keys; also while it runs");
  app->require_subcommand(1);
  auto flags = std::make_shared<KeysFlags>();
  auto* adding = app->add_subcommand("add", "make a key and print it, once");
  adding->add_option("--scopes", flags->scopes, "of submit, read, admin (default submit,read)");
  adding->add_option("--label", flags->label, "whose it is");
  adding->add_option("--days", flags->days, "how long it is valid (default: until revoked)")
      ->check(CLI::PositiveNumber);
  auto* listing = app->add_subcommand("list", "all keys, without their secrets");
  auto* revoking = app->add_subcommand("revoke", "end a key");
  revoking->add_option("ID", flags->id, "as `keys list` shows it")->required();
  for (auto* command : {adding, listing, revoking}) {
    command->add_option("--data", flags->data, "folder of the service");
    command->add_flag("--json", flags->json, "machine-readable");
  }
  return {app, [=](Context& context) {
            merge_flag(context.config, "data.folder", flags->data, "--data");
            const auto run = [&](jobs::KeyRepository& keys) {
              if (adding->parsed()) return add(keys, *flags);
              return listing->parsed() ? list(keys, *flags) : revoke(keys, *flags);
            };
            if (is_cluster(context.config)) {
              jobs::PostgresDatabase database(postgres_settings(context.config));
              jobs::SqlKeys keys(database);
              return run(keys);
            }
            const auto folder = data_folder(context.config);
            std::error_code error;
            std::filesystem::create_directories(folder, error);
            if (error)
              throw Failure(Errc::output_unwritable,
                            fmt::format("{}: cannot be made: {}", folder.string(), error.message()));
            jobs::SqliteDatabase database(folder / "chasqui.db");
            jobs::SqlKeys keys(database);
            return run(keys);
          }};
}

}  // namespace chasqui::app
