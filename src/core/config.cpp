#include "core/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>
#include <system_error>

namespace chasqui::core {
namespace {

using enum ConfigType;

const ConfigKey* find(std::string_view name) {
  const auto table = config_table();
  const auto key = std::ranges::find(table, name, &ConfigKey::name);
  return key == table.end() ? nullptr : &*key;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool parse(std::string_view text, double& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

bool is_choice(std::string_view choices, std::string_view value) {
  return !value.empty() && value.find('|') == std::string_view::npos &&
         fmt::format("|{}|", choices).find(fmt::format("|{}|", value)) != std::string::npos;
}

/// What `value` should have been, or nothing when it is right.
std::string complaint(const ConfigKey& key, std::string_view value) {
  double parsed = 0;
  switch (key.type) {
    case text:
      return {};
    case choice:
      return is_choice(key.choices, value) ? "" : fmt::format("one of {}", key.choices);
    case boolean:
      return is_choice("true|false", value) ? "" : "true or false";
    case number:
    case integer:
      if (parse(value, parsed) && parsed >= key.least && parsed <= key.most &&
          (key.type == number || parsed == std::floor(parsed)))
        return {};
      return fmt::format("{} from {} to {}", key.type == number ? "a number" : "a whole number", key.least, key.most);
  }
  return {};
}

/// Whatever came from outside is shown short and printable.
std::string shown(std::string_view text) {
  std::string safe;
  for (const char c : text.substr(0, 60)) safe += std::isprint(static_cast<unsigned char>(c)) != 0 ? c : '?';
  return safe;
}

std::unexpected<Error> config_error(std::string message) {
  return std::unexpected(Error{Errc::config, std::move(message)});
}

}  // namespace

std::string environment_name(std::string_view key) {
  std::string name = "CHASQUI_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

Config::Config() {
  for (const auto& key : config_table()) values_.emplace(key.name, Value{std::string(key.fallback), "default"});
}

Result<void> Config::set(std::string_view key, std::string_view value, std::string_view source) {
  const ConfigKey* row = find(key);
  if (row == nullptr)
    return config_error(fmt::format("{}: unknown key '{}'; `chasqui config docs` lists all keys", source, shown(key)));
  if (const auto wanted = complaint(*row, value); !wanted.empty())
    return config_error(fmt::format("{}: {} is '{}' but must be {}", source, key, shown(value), wanted));
  values_.find(key)->second = {std::string(value), std::string(source)};
  return {};
}

Result<void> Config::merge_text(std::string_view text, std::string_view source) {
  int line_number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    ++line_number;
    if (line.empty() || line.front() == '#') continue;
    const auto where = fmt::format("{}:{}", source, line_number);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos)
      return config_error(fmt::format("{}: '{}' is not of the form `key = value`", where, shown(line)));
    if (auto done = set(trim(line.substr(0, equals)), trim(line.substr(equals + 1)), where); !done) return done;
  }
  return {};
}

Result<void> Config::merge_file(const std::filesystem::path& path) {
  const auto fail = [&](const std::string& reason) {
    return config_error(fmt::format("{}: cannot read the configuration: {}", path.string(), reason));
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return fail(error ? error.message() : "it is not a file");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream content;
  if (in) content << in.rdbuf();
  if (!in || in.bad()) return fail(std::generic_category().message(errno));
  return merge_text(content.str(), path.string());
}

Result<void> Config::merge_environment(const char* const* environment) {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const auto equals = entry.find('=');
    const auto name = entry.substr(0, equals);
    if (!name.starts_with("CHASQUI_") || name == "CHASQUI_CONFIG" || equals == std::string_view::npos) continue;
    const auto table = config_table();
    const auto key = std::ranges::find_if(table, [&](const auto& row) { return environment_name(row.name) == name; });
    if (key == table.end())
      return config_error(fmt::format("{}: no such setting; `chasqui config docs` lists all", shown(name)));
    if (auto done = set(key->name, entry.substr(equals + 1), name); !done) return done;
  }
  return {};
}

const std::string& Config::text(std::string_view key) const {
  const auto found = values_.find(key);
  assert(found != values_.end() && "a key that is not in the table");
  return found->second.text;
}

double Config::number(std::string_view key) const {
  double value = 0;
  const bool parsed = parse(text(key), value);
  assert(parsed);
  return parsed ? value : 0;
}

long Config::integer(std::string_view key) const {
  return std::lround(number(key));
}

bool Config::boolean(std::string_view key) const {
  return text(key) == "true";
}

std::string_view Config::source(std::string_view key) const {
  return values_.find(key)->second.source;
}

std::string config_documentation() {
  std::string text =
      "# Configuration\n\n"
      "Made by `chasqui config docs`. Later wins: default, file (`--config FILE` or `CHASQUI_CONFIG`), environment,\n"
      "flag. A file has lines `key = value`; `#` begins a comment line. An unknown key is an error.\n\n"
      "| key | environment | default | values | meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& key : config_table()) {
    std::string values = "text";
    if (key.type == choice) values = std::string(key.choices);
    if (key.type == boolean) values = "true|false";
    if (key.type == number) values = fmt::format("{} to {}", key.least, key.most);
    if (key.type == integer) values = fmt::format("{} to {}, whole", key.least, key.most);
    for (std::size_t at = 0; (at = values.find('|', at)) != std::string::npos; at += 2) values.insert(at, 1, '\\');
    text += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", key.name, environment_name(key.name),
                        key.fallback.empty() ? "" : fmt::format("`{}`", key.fallback), values, key.help);
  }
  return text;
}

}  // namespace chasqui::core
