#include "model/trainer.hpp"

#include "core/stop.hpp"
#include "model/folds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

namespace chasqui::model {
namespace {

constexpr int most_rounds = 350;
constexpr int patience = 30;

double mos_label(const Label& label) {
  return label.worst_mos;
}
double rate_label(const Label& label) {
  return std::log2(label.actual_kbps / label.candidate.kbps);
}
using LabelOf = double (*)(const Label&);

std::string monotone(bool rising) {
  std::string constraints = "(";
  for (std::size_t column = 0; column < row_width; ++column)
    constraints += fmt::format("{}{}", column == 0 ? "" : ",", rising && column == bitrate_column ? 1 : 0);
  return constraints + ")";
}

BoosterParameters parameters(const TrainOptions& options, bool rising) {
  BoosterParameters common{{"objective", "reg:squarederror"},
                           {"tree_method", "hist"},
                           {"seed", fmt::format("{}", options.seed)},
                           {"monotone_constraints", monotone(rising)}};
  if (options.method == Method::forest)
    common.insert(common.end(), {{"num_parallel_tree", "100"},
                                 {"eta", "1"},
                                 {"max_depth", "9"},
                                 {"subsample", "0.63"},
                                 {"colsample_bynode", "0.4"},
                                 {"lambda", "0"}});
  else
    common.insert(common.end(), {{"eta", "0.08"},
                                 {"max_depth", "5"},
                                 {"min_child_weight", "8"},
                                 {"subsample", "0.7"},
                                 {"colsample_bytree", "0.6"},
                                 {"lambda", "2"}});
  return common;
}

template <typename Choice>
Examples examples_of(std::span<const Label> labels, LabelOf label_of, const Choice& choose) {
  Examples examples{.table = {.columns = row_width, .values = {}}, .labels = {}};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!choose(i)) continue;
    examples.table.append(feature_row(labels[i].segment, labels[i].candidate));
    examples.labels.push_back(static_cast<float>(label_of(labels[i])));
  }
  return examples;
}

struct Checked {
  std::vector<float> out_of_fold;
  Booster booster;
  int rounds = 0;
};

Checked cross_validate(std::span<const Label> labels, const std::vector<std::size_t>& folds, LabelOf label_of,
                       bool rising, const char* what, const TrainOptions& options) {
  const auto how = parameters(options, rising);
  const bool forest = options.method == Method::forest;
  const auto say = [&](const std::string& line) {
    core::throw_if_stopped(options.stop);
    if (options.on_step) options.on_step(line);
  };
  std::vector<float> out_of_fold(labels.size());
  std::vector<int> rounds;
  for (const std::size_t fold : std::set<std::size_t>(folds.begin(), folds.end())) {
    const auto known = examples_of(labels, label_of, [&](std::size_t i) { return folds[i] != fold; });
    const auto unknown = examples_of(labels, label_of, [&](std::size_t i) { return folds[i] == fold; });
    const auto trained =
        train_booster(known, &unknown, how, {.most_rounds = forest ? 1 : most_rounds, .patience = patience});
    const auto predicted = trained.booster.predict(unknown.table);
    for (std::size_t i = 0, next = 0; i < labels.size(); ++i)
      if (folds[i] == fold) out_of_fold[i] = predicted[next++];
    rounds.push_back(trained.rounds);
    say(fmt::format("{}: fold {}: {} rows learnt, {} left out, {} rounds, RMS error {:.3f}", what, fold + 1,
                    known.labels.size(), unknown.labels.size(), trained.rounds, trained.check_rmse));
  }
  std::ranges::sort(rounds);
  const int middle = rounds[rounds.size() / 2];
  const auto all = examples_of(labels, label_of, [](std::size_t) { return true; });
  return {std::move(out_of_fold), train_booster(all, nullptr, how, {.most_rounds = middle}).booster, middle};
}

}  // namespace

Training train(std::span<const Label> labels, const TrainOptions& options) {
  if (labels.empty())
    throw Failure(Errc::input_empty, "there are no labels to learn from; make some with `chasqui label`");
  const auto folds = make_folds(labels, options.folds);
  if (std::set<std::size_t>(folds.begin(), folds.end()).size() < 2)
    throw Failure(
        Errc::input_corrupt,
        "the labels come from one group of speakers; a model needs at least two, one to learn and one to check");
  auto mos = cross_validate(labels, folds, mos_label, true, "score", options);
  auto rate = cross_validate(labels, folds, rate_label, false, "bitrate", options);
  std::vector<Prediction> out_of_fold(labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i)
    out_of_fold[i] = {static_cast<double>(mos.out_of_fold[i]),
                      labels[i].candidate.kbps * std::exp2(static_cast<double>(rate.out_of_fold[i]))};
  return {Predictor(std::move(mos.booster), std::move(rate.booster)), std::move(out_of_fold), mos.rounds, rate.rounds};
}

}  // namespace chasqui::model
