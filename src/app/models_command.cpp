#include "app/command.hpp"
#include "app/model_store.hpp"
#include "core/exit_code.hpp"
#include "model/model_folder.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace chasqui::app {
namespace {

std::string describe(const model::ModelFacts& facts) {
  return fmt::format("{}  {} labels of {} recordings, score off by {:.2f} (RMS, of speakers left out)", facts.id,
                     facts.labels, facts.recordings, facts.mos_rmse);
}

int list(const Context& context) {
  const auto models = models_folder(context.config);
  const auto names = model::list_models(models);
  const auto in_use = model_in_use(models);
  for (const auto& name : names) {
    const auto loaded = model::load_model(models / name);
    print_text(fmt::format("{} {:<16} {}\n", name == in_use ? "*" : " ", name,
                           loaded ? describe(loaded->facts) : "damaged: " + loaded.error().message));
  }
  if (names.empty())
    print_text(fmt::format("no models in {}; `chasqui train` makes one, until then quality is found by search alone\n",
                           models.string()));
  return 0;
}

int verify(const Context& context, const std::string& name) {
  const auto models = models_folder(context.config);
  const auto names = name.empty() ? model::list_models(models) : std::vector{name};
  int exit = 0;
  for (const auto& one : names) {
    const auto loaded =
        model::load_model(one.find('/') == std::string::npos ? models / one : std::filesystem::path(one));
    if (loaded) {
      print_text(fmt::format("{}: whole, {}\n", one, describe(loaded->facts)));
    } else {
      report_error(loaded.error());
      if (exit == 0) exit = core::exit_code(loaded.error().code);
    }
  }
  return exit;
}

}  // namespace

Command add_models(CLI::App& root) {
  auto* app = root.add_subcommand("models", "the models that guess what a segment needs");
  app->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  auto* list_app = app->add_subcommand("list", "those that are here; the one in use is marked");
  auto* verify_app = app->add_subcommand("verify", "whether models are whole, unchanged and of this version");
  verify_app->add_option("NAME", *name, "name or folder (default: all)");
  auto* use_app = app->add_subcommand("use", "take this one from now on");
  use_app->add_option("NAME", *name, "its name")->required();
  return {app, [list_app, verify_app, name](Context& context) {
            if (list_app->parsed()) return list(context);
            if (verify_app->parsed()) return verify(context, *name);
            use_model(models_folder(context.config), *name);
            return 0;
          }};
}

}  // namespace chasqui::app
