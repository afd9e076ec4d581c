#include "app/model_store.hpp"

#include "core/atomic_file.hpp"
#include "model/model_folder.hpp"

#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <fstream>
#include <system_error>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* choice_file = "in-use";

}  // namespace

fs::path models_folder(const core::Config& config) {
  if (const auto& wished = config.text("models.folder"); !wished.empty()) return wished;
  std::error_code error;
  const auto program_folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  const auto beside = program_folder / "models";
  return fs::is_directory(beside, error) ? beside : program_folder.parent_path() / "share/chasqui/models";
}

fs::path chosen_model(const core::Config& config) {
  const std::string wished(config.text("compress.model"));
  if (wished == "none") return {};
  if (wished.find('/') != std::string::npos) return wished;
  const auto models = models_folder(config);
  const auto name = wished == "auto" ? model_in_use(models) : wished;
  return name.empty() ? fs::path() : models / name;
}

bool takes_published_model(const core::Config& config) {
  const auto& wished = config.text("compress.model");
  return config.text("models.store") == "s3" && wished != "none" && wished.find('/') == std::string::npos;
}

std::string model_in_use(const fs::path& models) {
  std::ifstream file(models / choice_file);
  std::string name;
  if (std::getline(file, name) && !name.empty()) return name;
  const auto names = model::list_models(models);
  return names.empty() ? "" : names.front();
}

void use_model(const fs::path& models, const std::string& name) {
  static_cast<void>(value_or_throw(model::load_model(models / name)));
  core::AtomicFile file(models / choice_file);
  file.write(name + "\n");
  file.commit();
}

}  // namespace chasqui::app
