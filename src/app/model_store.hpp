#pragma once

#include "core/config.hpp"

#include <filesystem>
#include <string>

namespace chasqui::app {

/// Where models are: `models.folder`, else beside the program, else as installed. May not exist.
std::filesystem::path models_folder(const core::Config& config);

/// The folder of the model that `compress.model` names: a folder, or a name in models_folder; auto: the one in use
/// there. Empty for none, and for auto where there is none.
std::filesystem::path chosen_model(const core::Config& config);

/// Whether `serve` and `worker` take it from S3 (models.store), and `compress.model` names no folder.
bool takes_published_model(const core::Config& config);

/// Name of the model in use below `models`: what use_model wrote, else the first by name; empty where there is none.
std::string model_in_use(const std::filesystem::path& models);
/// Throws Failure: input_missing; what load_model says of a model that is not whole; output_unwritable.
void use_model(const std::filesystem::path& models, const std::string& name);

}  // namespace chasqui::app
