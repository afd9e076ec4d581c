#include "app/published_model.hpp"

#include "model/model_folder.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr auto look_every = std::chrono::seconds(10);

/// Nothing when it is whole and the one of that id.
std::string fault_of(const fs::path& folder, const std::string& id) {
  const auto loaded = model::load_model(folder);
  if (!loaded) return loaded.error().message;
  return loaded->facts.id == id ? "" : fmt::format("{}: is another model than {}", folder.string(), id);
}

}  // namespace

PublishedModel::PublishedModel(const store::S3Settings& settings, std::string wished, fs::path copies, core::Log& log,
                               std::function<void(const std::string& name)> took)
    : shelf_(settings), wished_(std::move(wished)), copies_(std::move(copies)), log_(log), took_(std::move(took)) {
  folder();
}

fs::path PublishedModel::folder() {
  const std::lock_guard lock(mutex_);
  if (Steady::now() >= next_look_) {
    look();
    next_look_ = Steady::now() + look_every;
  }
  return folder_;
}

void PublishedModel::look() {
  try {
    const auto place = shelf_.find(wished_);
    if (place != in_use_) {
      folder_ = copy_of(place);
      forget_all_but(place);
      in_use_ = place;
      log_.info(fmt::format("model {} ({}) taken from S3", place.name, place.id));
      took_(place.name);
    }
    complaint_.clear();
  } catch (const std::exception& failure) {
    if (std::exchange(complaint_, failure.what()) == failure.what()) return;
    log_.warning(fmt::format("{} (going on {})", failure.what(),
                             in_use_.name.empty() ? "without a model: slower, to the same quality"
                                                  : fmt::format("with {} ({})", in_use_.name, in_use_.id)));
  }
}

fs::path PublishedModel::copy_of(const ModelShelf::Place& place) {
  auto folder = copies_ / place.id / place.name;
  if (fault_of(folder, place.id).empty()) return folder;
  std::error_code error;
  fs::remove_all(copies_ / place.id, error);
  if (!fs::create_directories(folder, error) || error)
    throw Failure(Errc::output_unwritable, fmt::format("{}: cannot be made: {}", folder.string(), error.message()));
  try {
    shelf_.fetch(place, folder);
    if (const auto fault = fault_of(folder, place.id); !fault.empty())
      throw Failure(Errc::input_corrupt,
                    fmt::format("the model {} ({}) on S3 cannot be used: {}", place.name, place.id, fault));
  } catch (...) {
    fs::remove_all(copies_ / place.id, error);
    throw;
  }
  return folder;
}

void PublishedModel::forget_all_but(const ModelShelf::Place& place) const {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(copies_, error)) {
    const auto id = entry.path().filename();
    if (id != place.id && id != in_use_.id) fs::remove_all(entry.path(), error);
  }
}

}  // namespace chasqui::app
