#pragma once

#include "core/config.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <span>

namespace chasqui::app {

/// A flag that stands for a setting of the configuration.
struct SettingFlag {
  const char* flag;
  const char* key;
  const char* help;
};

/// Of every process that works for a service.
inline constexpr std::array process_flags{
    SettingFlag{"--data", "data.folder", "folder for everything that this process keeps; made when missing"},
    SettingFlag{"--shared", "service.shared_folder",
                "of a cluster: folder with recordings and results that all processes see"},
    SettingFlag{"--workers", "worker.count", "episodes compressed at once (default 1)"},
};

void add_flags(CLI::App& app, std::span<const SettingFlag> flags);

/// Takes those that were given into the configuration. Throws Failure(usage).
void merge_flags(core::Config& config, const CLI::App& app, std::span<const SettingFlag> flags);

}  // namespace chasqui::app
