#include "app/command.hpp"
#include "app/model_shelf.hpp"
#include "app/model_store.hpp"
#include "app/service_settings.hpp"
#include "core/exit_code.hpp"
#include "model/model_folder.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

std::string describe(const model::ModelFacts& facts) {
  return fmt::format("{}  {} labels of {} recordings, score off by {:.2f} (RMS, of speakers left out)", facts.id,
                     facts.labels, facts.recordings, facts.mos_rmse);
}

bool on_s3(const Context& context) {
  return context.config.text("models.store") == "s3";
}

ModelShelf shelf(const Context& context) {
  return ModelShelf(s3_settings(context.config, context.stop).s3);
}

fs::path folder_of(const Context& context, const std::string& name) {
  return name.find('/') == std::string::npos ? models_folder(context.config) / name : fs::path(name);
}

int list_published(const Context& context) {
  auto published = shelf(context);
  const auto places = published.list();
  ModelShelf::Place in_use;
  try {
    in_use = published.find("auto");
  } catch (const Failure& failure) {
    if (failure.code() != Errc::not_found) throw;
  }
  for (const auto& place : places)
    print_text(fmt::format("{} {:<16} {}\n", place == in_use ? "*" : " ", place.name, place.id));
  if (places.empty()) print_text("no models on S3; put one there with `chasqui models publish`\n");
  return 0;
}

int publish(const Context& context, const std::string& name) {
  const auto place = shelf(context).publish(folder_of(context, name));
  print_text(fmt::format("{} ({}) is on S3 and in use: workers with models.store = s3 take it before their next job\n",
                         place.name, place.id));
  return 0;
}

int use(const Context& context, const std::string& name) {
  if (on_s3(context))
    shelf(context).use(name);
  else
    use_model(models_folder(context.config), name);
  return 0;
}

int list(const Context& context) {
  if (on_s3(context)) return list_published(context);
  const auto models = models_folder(context.config);
  const auto names = model::list_models(models);
  const auto in_use = model_in_use(models);
  for (const auto& name : names) {
    const auto loaded = model::load_model(models / name);
    print_text(fmt::format("{} {:<16} {}\n", name == in_use ? "*" : " ", printable(name),
                           loaded ? describe(loaded->facts) : "damaged: " + printable(loaded.error().message)));
  }
  if (names.empty())
    print_text(fmt::format("no models in {}; `chasqui train` makes one, until then quality is found by search alone\n",
                           printable(models.native())));
  return 0;
}

int verify(const Context& context, const std::string& name) {
  const auto names = name.empty() ? model::list_models(models_folder(context.config)) : std::vector{name};
  int exit = 0;
  for (const auto& one : names) {
    const auto loaded = model::load_model(folder_of(context, one));
    if (loaded) {
      print_text(fmt::format("{}: whole, {}\n", printable(one), describe(loaded->facts)));
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
  auto* publish_app =
      app->add_subcommand("publish", "put one on S3 (s3.* of the configuration) and take it from now on");
  publish_app->add_option("NAME", *name, "name or folder")->required();
  return {app, [=](Context& context) {
            if (list_app->parsed()) return list(context);
            if (verify_app->parsed()) return verify(context, *name);
            if (publish_app->parsed()) return publish(context, *name);
            return use(context, *name);
          }};
}

}  // namespace chasqui::app
