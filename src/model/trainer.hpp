#pragma once

#include "model/labels.hpp"
#include "model/predictor.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace chasqui::model {

/// Gradient boosting: trees one after the other, each on what is left. Random forest: all at once, each on a part of
/// the rows and columns.
enum class Method : std::uint8_t { boosting, forest };

struct TrainOptions {
  std::size_t folds = 5;
  unsigned seed = 1;
  Method method = Method::boosting;
  std::function<void(const std::string&)> on_step = nullptr;  ///< a line for people
  std::stop_token stop = {};                                  ///< Failure(cancelled) between boosters
};

struct Training {
  Predictor predictor;                  ///< learnt from all labels
  std::vector<Prediction> out_of_fold;  ///< for each label, from a model that knows none of its fold
  int mos_rounds = 0;
  int rate_rounds = 0;
};

/// Learns score and bitrate from labels. Each fold in turn is left out, to find how many rounds serve those that are
/// not known (boosting) and to predict them; then all are learnt with the median of the rounds. The score never falls
/// with the bitrate. The same labels, options and XGBoost give the same model. Throws Failure(input_corrupt) when the
/// labels hold fewer than two groups of speakers.
Training train(std::span<const Label> labels, const TrainOptions& options);

}  // namespace chasqui::model
