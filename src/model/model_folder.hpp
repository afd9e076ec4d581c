#pragma once

#include "model/evaluation.hpp"
#include "model/labels.hpp"
#include "model/trainer.hpp"

#include <array>
#include <chasqui/error.hpp>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace chasqui::model {

// A model is a folder: model.json (what it is, hashes of the other files), mos.json and rate.json (XGBoost's own
// format), training-data.csv (every recording it was learnt from, with hash and licence), card.md and calibration.svg.

/// Those without which it is not whole; model.json, which has the hashes of the others, comes last.
inline constexpr std::array needed_files{"mos.json", "rate.json", "training-data.csv", "model.json"};
/// None of them is larger.
inline constexpr std::uintmax_t largest_file = 64 << 20;

struct ModelFacts {
  std::string name;  ///< of the folder
  std::string id;    ///< first 12 digits of the SHA-256 of model.json
  std::size_t labels = 0;
  std::size_t recordings = 0;
  double mos_rmse = 0;  ///< of labels left out
  std::string xgboost;  ///< version that trained it
};

struct Model {
  Predictor predictor;
  ModelFacts facts;
};

/// Whole and unchanged, or an error: input_missing; input_corrupt (naming the file that is not as written);
/// unavailable (made for another version of the features).
Result<Model> load_model(const std::filesystem::path& folder);

/// What save_model writes beside the boosters.
struct ModelPaper {
  std::string labels_sha256;
  Evaluation boosting;  ///< of labels left out, in cross-validation
  Evaluation forest;    ///< the same by a random forest, for comparison
  TrainOptions options;
};

/// Writes all files, model.json last; what was there is replaced. Throws Failure(output_unwritable, disk_full).
void save_model(const std::filesystem::path& folder, const Training& training, std::span<const Label> labels,
                const ModelPaper& paper);

/// Names of the folders below `models` that hold a model.json, sorted.
std::vector<std::string> list_models(const std::filesystem::path& models);

}  // namespace chasqui::model
