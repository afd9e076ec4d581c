#include "app/command.hpp"
#include "core/atomic_file.hpp"
#include "core/sha256.hpp"
#include "model/evaluation.hpp"
#include "model/model_folder.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

namespace chasqui::app {
namespace {

struct TrainFlags {
  std::string labels, output;
  std::size_t folds = 5;
  unsigned seed = 1;
};

void say(const std::string& line) {
  fmt::print(stderr, "{}\n", line);
}

int run_train(const Context& context, const TrainFlags& flags) {
  const auto labels = model::read_labels(flags.labels);
  model::TrainOptions options{.folds = flags.folds, .seed = flags.seed, .on_step = say, .stop = context.stop};
  const auto training = model::train(labels, options);
  const auto boosting = model::evaluate(labels, training.out_of_fold);
  options.method = model::Method::forest;
  const auto forest = model::evaluate(labels, model::train(labels, options).out_of_fold);
  model::save_model(flags.output, training, labels, {core::sha256_of_file(flags.labels), boosting, forest, options});
  print_text(model::to_markdown(boosting));
  return 0;
}

struct EvaluateFlags {
  std::string model, labels, plot;
};

int run_evaluate(const EvaluateFlags& flags) {
  const auto loaded = value_or_throw(model::load_model(flags.model));
  const auto labels = model::read_labels(flags.labels);
  if (labels.empty()) throw Failure(Errc::input_empty, fmt::format("{}: holds no labels", flags.labels));
  const auto evaluation = model::evaluate(labels, model::predict_labels(loaded.predictor, labels));
  if (!flags.plot.empty()) {
    core::AtomicFile plot(flags.plot);
    plot.write(model::calibration_svg(evaluation));
    plot.commit();
  }
  print_text(model::to_markdown(evaluation));
  return 0;
}

}  // namespace

Command add_train(CLI::App& root) {
  auto* app = root.add_subcommand("train", "learn from labels which settings a segment needs");
  auto flags = std::make_shared<TrainFlags>();
  app->add_option("LABELS", flags->labels, "what `label` wrote")->required();
  app->add_option("-o,--output", flags->output, "folder for the model")->required();
  app->add_option("--folds", flags->folds, "parts for cross-validation, by speaker and source (default 5)")
      ->check(CLI::Range(2, 50));
  app->add_option("--seed", flags->seed, "of what is drawn by lot (default 1)");
  return {app, [flags](Context& context) { return run_train(context, *flags); }};
}

Command add_evaluate(CLI::App& root) {
  auto* app = root.add_subcommand("evaluate", "how well a model predicts labels that it has not seen");
  auto flags = std::make_shared<EvaluateFlags>();
  app->add_option("MODEL", flags->model, "folder of the model")->required();
  app->add_option("LABELS", flags->labels, "what `label` wrote")->required();
  app->add_option("--plot", flags->plot, "write predicted against measured scores as SVG to this file");
  return {app, [flags](Context&) { return run_evaluate(*flags); }};
}

}  // namespace chasqui::app
