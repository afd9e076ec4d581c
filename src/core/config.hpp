#pragma once

#include <chasqui/error.hpp>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace chasqui::core {

enum class ConfigType : std::uint8_t { text, number, integer, boolean, choice };

/// One row of the configuration table.
struct ConfigKey {
  std::string_view name;  ///< "section.key"; CHASQUI_SECTION_KEY in the environment
  ConfigType type;
  std::string_view fallback;
  double least = 0;  ///< bounds of numbers and integers
  double most = 0;
  std::string_view choices = {};  ///< of a choice, joined by '|'
  std::string_view help;
};

/// Every key there is. Files, environment, flags and docs/configuration.md all follow this table.
std::span<const ConfigKey> config_table() noexcept;

/// The variable that sets a key: CHASQUI_SECTION_KEY.
std::string environment_name(std::string_view key);

/// Values for all keys: defaults, overridden by a file, then the environment, then flags. A wrong key or value is
/// Errc::config, naming where it stands and what would be right.
class Config {
 public:
  /// Lines of `key = value`; '#' begins a comment line. `source` names the text in errors.
  Result<void> merge_text(std::string_view text, std::string_view source);
  Result<void> merge_file(const std::filesystem::path& path);
  /// Variables whose names begin with CHASQUI_; CHASQUI_CONFIG is not a key. `environment` as in environ(7).
  Result<void> merge_environment(const char* const* environment);
  Result<void> set(std::string_view key, std::string_view value, std::string_view source);

  [[nodiscard]] const std::string& text(std::string_view key) const;
  [[nodiscard]] double number(std::string_view key) const;
  [[nodiscard]] long integer(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key) const;
  /// Where the value came from: "default", "CHASQUI_...", "FILE:LINE" or "--flag".
  [[nodiscard]] std::string_view source(std::string_view key) const;

  Config();

 private:
  struct Value {
    std::string text;
    std::string source;
  };
  std::map<std::string, Value, std::less<>> values_;
};

/// docs/configuration.md, whole.
std::string config_documentation();

}  // namespace chasqui::core
