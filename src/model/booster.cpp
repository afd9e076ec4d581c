#include "model/booster.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <cmath>
#include <limits>
#include <xgboost/c_api.h>

namespace chasqui::model {
namespace {

void check(int status, const char* doing) {
  if (status != 0) throw Failure(Errc::internal, fmt::format("XGBoost cannot {}: {}", doing, XGBGetLastError()));
}

struct MatrixDeleter {
  void operator()(void* handle) const noexcept { XGDMatrixFree(handle); }
};
using MatrixHandle = std::unique_ptr<void, MatrixDeleter>;

struct BoosterDeleter {
  void operator()(void* handle) const noexcept { XGBoosterFree(handle); }
};
using BoosterHandle = std::unique_ptr<void, BoosterDeleter>;

MatrixHandle make_matrix(const Table& table) {
  DMatrixHandle handle = nullptr;
  check(XGDMatrixCreateFromMat(table.values.data(), table.rows(), table.columns,
                               std::numeric_limits<float>::quiet_NaN(), &handle),
        "take the table");
  return MatrixHandle(handle);
}

BoosterHandle make_booster(std::span<const DMatrixHandle> matrices) {
  ::BoosterHandle handle = nullptr;
  check(XGBoosterCreate(matrices.data(), matrices.size(), &handle), "create a booster");
  BoosterHandle booster(handle);
  check(XGBoosterSetParam(handle, "nthread", "1"), "set its threads");
  check(XGBoosterSetParam(handle, "verbosity", "0"), "be quiet");
  return booster;
}

std::vector<float> predict(void* booster, void* matrix) {
  // The whole ensemble, plain output, of a model that does not change.
  constexpr const char* how =
      R"({"type": 0, "training": false, "iteration_begin": 0, "iteration_end": 0, "strict_shape": false})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* values = nullptr;
  check(XGBoosterPredictFromDMatrix(booster, matrix, how, &shape, &dimensions, &values), "predict");
  bst_ulong count = 1;
  for (bst_ulong i = 0; i < dimensions; ++i) count *= shape[i];
  return {values, values + count};
}

double rmse(std::span<const float> predicted, std::span<const float> labels) {
  double sum = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double error = static_cast<double>(predicted[i]) - static_cast<double>(labels[i]);
    sum += error * error;
  }
  return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(labels.size(), 1)));
}

}  // namespace

struct Booster::Impl {
  BoosterHandle handle;
};

Booster::Booster(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Booster::Booster(Booster&&) noexcept = default;
Booster& Booster::operator=(Booster&&) noexcept = default;
Booster::~Booster() = default;

Booster Booster::from_json(std::span<const char> json) {
  auto impl = std::make_unique<Impl>();
  impl->handle = make_booster({});
  if (XGBoosterLoadModelFromBuffer(impl->handle.get(), json.data(), json.size()) != 0)
    throw Failure(Errc::input_corrupt, "not a model that XGBoost can read");
  check(XGBoosterSetParam(impl->handle.get(), "nthread", "1"), "set its threads");
  return Booster(std::move(impl));
}

std::string Booster::to_json() const {
  bst_ulong length = 0;
  const char* text = nullptr;
  check(XGBoosterSaveModelToBuffer(impl_->handle.get(), R"({"format": "json"})", &length, &text), "write its model");
  return {text, text + length};
}

std::size_t Booster::columns() const {
  bst_ulong columns = 0;
  check(XGBoosterGetNumFeature(impl_->handle.get(), &columns), "tell its columns");
  return columns;
}

std::vector<float> Booster::predict(const Table& table) const {
  if (table.rows() == 0) return {};
  return model::predict(impl_->handle.get(), make_matrix(table).get());
}

Trained train_booster(const Examples& examples, const Examples* check_on, const BoosterParameters& parameters,
                      const TrainingLength& length) {
  const auto matrix = make_matrix(examples.table);
  check(XGDMatrixSetFloatInfo(matrix.get(), "label", examples.labels.data(), examples.labels.size()),
        "take the labels");
  const MatrixHandle check_matrix = check_on != nullptr ? make_matrix(check_on->table) : nullptr;
  std::vector<DMatrixHandle> matrices{matrix.get()};
  if (check_matrix) matrices.push_back(check_matrix.get());
  auto booster = make_booster(matrices);
  for (const auto& [name, value] : parameters)
    check(XGBoosterSetParam(booster.get(), name.c_str(), value.c_str()), "take a parameter");

  int best_round = length.most_rounds;
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < length.most_rounds; ++round) {
    check(XGBoosterUpdateOneIter(booster.get(), round, matrix.get()), "learn");
    if (!check_matrix) continue;
    const double error = rmse(predict(booster.get(), check_matrix.get()), check_on->labels);
    if (error < best) {
      best = error;
      best_round = round + 1;
    }
    if (length.patience > 0 && round + 1 - best_round >= length.patience) break;
  }
  ::BoosterHandle cut = nullptr;
  check(XGBoosterSlice(booster.get(), 0, best_round, 1, &cut), "cut the model to its best round");
  auto impl = std::make_unique<Booster::Impl>();
  impl->handle.reset(cut);
  return {Booster(std::move(impl)), best_round, check_matrix ? best : 0};
}

std::string xgboost_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace chasqui::model
