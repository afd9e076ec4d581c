#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace chasqui::model {

/// Rows of equal width, one after the other.
struct Table {
  std::size_t columns = 0;
  std::vector<float> values;  ///< rows() * columns

  [[nodiscard]] std::size_t rows() const noexcept { return columns == 0 ? 0 : values.size() / columns; }
  void append(std::span<const float> row) { values.insert(values.end(), row.begin(), row.end()); }
};

/// XGBoost's own names and values, in the order given.
using BoosterParameters = std::vector<std::pair<std::string, std::string>>;

struct Examples;
struct TrainingLength;
struct Trained;

/// Trees for regression, made by XGBoost. Throws Failure(internal) with its words. For one thread.
class Booster {
 public:
  /// Of what `to_json` gave; throws Failure(input_corrupt) for anything else.
  static Booster from_json(std::span<const char> json);

  [[nodiscard]] std::string to_json() const;
  /// One number for each row, of as many columns as in training.
  [[nodiscard]] std::vector<float> predict(const Table& table) const;
  [[nodiscard]] std::size_t columns() const;

  Booster(Booster&&) noexcept;
  Booster& operator=(Booster&&) noexcept;
  ~Booster();

 private:
  friend Trained train_booster(const Examples& examples, const Examples* check, const BoosterParameters& parameters,
                               const TrainingLength& length);
  struct Impl;
  explicit Booster(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// What a booster learns from and, with a second one, is checked on.
struct Examples {
  Table table;
  std::vector<float> labels;  ///< one for each row
};

struct TrainingLength {
  int most_rounds = 400;
  int patience = 0;  ///< rounds without a better error on `check` after which it ends; 0: all rounds
};

struct Trained {
  Booster booster;        ///< cut to the best round
  int rounds = 0;         ///< that it has
  double check_rmse = 0;  ///< at that round, when there is a check
};

/// The same examples and parameters give the same trees, on any number of processors: one thread.
Trained train_booster(const Examples& examples, const Examples* check, const BoosterParameters& parameters,
                      const TrainingLength& length);

/// "1.7.4"
std::string xgboost_version();

}  // namespace chasqui::model
