#include "app/setting_flags.hpp"

#include "app/batch.hpp"

namespace chasqui::app {

void add_flags(CLI::App& app, std::span<const SettingFlag> flags) {
  for (const auto& flag : flags) app.add_option(flag.flag)->description(flag.help);
}

void merge_flags(core::Config& config, const CLI::App& app, std::span<const SettingFlag> flags) {
  for (const auto& flag : flags) {
    if (const auto* option = app.get_option(flag.flag); option->count() > 0)
      merge_flag(config, flag.key, option->as<std::string>(), flag.flag);
  }
}

}  // namespace chasqui::app
