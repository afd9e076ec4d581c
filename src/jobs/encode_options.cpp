#include "jobs/encode_options.hpp"

#include "core/log.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace chasqui::jobs {
namespace json = boost::json;
namespace {

using Texts = std::map<std::string, std::string, std::less<>>;

constexpr std::array<std::string_view, 8> names{"format",  "bitrate", "quality",   "budget",
                                                "denoise", "decoder", "condition", "trim_pauses"};

std::unexpected<Error> wrong(std::string_view option, std::string_view value, std::string_view wanted) {
  return std::unexpected(
      Error{Errc::usage, fmt::format("{}: '{}' should be {}", option, core::printable(value, 60), wanted)});
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> quality_named(std::string_view text) {
  if (text == "essential") return 2.4;
  if (text == "clear") return 3.0;
  if (text == "rich") return 3.6;
  return number(text);
}

std::optional<bool> boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<Error> set_number(EncodeOptions& options, std::string_view name, const std::string& text) {
  if (name == "bitrate") {
    const auto value = number(text);
    if (!value || *value < 5 || *value > 64) return wrong(name, text, "kb/s from 5 to 64").error();
    options.bitrate_kbps = *value;
  } else if (name == "quality") {
    const auto value = quality_named(text);
    if (!value || *value < 1.5 || *value > 4.2)
      return wrong(name, text, "essential, clear, rich, or a number from 1.5 to 4.2").error();
    options.quality = *value;
  } else {
    const auto value = number(text);
    if (!value || *value < 1000 || *value > 1e12 || *value != std::floor(*value))
      return wrong(name, text, "a whole number of bytes from 1000").error();
    options.budget_bytes = static_cast<std::uint64_t>(*value);
  }
  return std::nullopt;
}

std::optional<Error> set_choice(std::string& target, std::string_view name, const std::string& text,
                                std::string_view choices) {
  const bool known = !text.empty() && text.find('|') == std::string::npos &&
                     fmt::format("|{}|", choices).find(fmt::format("|{}|", text)) != std::string::npos;
  if (!known) return wrong(name, text, fmt::format("one of {}", choices)).error();
  target = text;
  return std::nullopt;
}

std::optional<Error> set(EncodeOptions& options, std::string_view name, const std::string& text) {
  if (name == "bitrate" || name == "quality" || name == "budget") return set_number(options, name, text);
  if (name == "format") return set_choice(options.format, name, text, "opus|webm|caf|mp3");
  if (name == "denoise") return set_choice(options.denoise, name, text, "auto|on|off");
  if (name == "decoder") return set_choice(options.decoder, name, text, "stock|enhanced");
  if (name == "condition" || name == "trim_pauses") {
    const auto value = boolean(text);
    if (!value) return wrong(name, text, "true or false").error();
    (name == "condition" ? options.condition : options.trim_pauses) = *value;
    return std::nullopt;
  }
  return Error{Errc::usage,
               fmt::format("unknown option '{}'; there are {}", core::printable(name, 60), fmt::join(names, ", "))};
}

std::optional<Error> contradiction(const EncodeOptions& options) {
  const int aims =
      (options.bitrate_kbps != 0 ? 1 : 0) + (options.quality != 0 ? 1 : 0) + (options.budget_bytes != 0 ? 1 : 0);
  if (aims > 1) return Error{Errc::usage, "bitrate, quality and budget exclude each other; give one"};
  const bool variable = options.format == "opus" || options.format == "webm";
  if (!variable && (options.quality != 0 || options.budget_bytes != 0))
    return Error{Errc::usage, fmt::format("format {}: has a constant bitrate; give a bitrate", options.format)};
  const bool mp3_rate = options.bitrate_kbps == 0 || options.bitrate_kbps == 16 || options.bitrate_kbps == 24 ||
                        options.bitrate_kbps == 32;
  if (options.format == "mp3" && !mp3_rate)
    return wrong("bitrate", fmt::format("{}", options.bitrate_kbps), "16, 24 or 32 for mp3").error();
  if (!options.condition && (options.trim_pauses || options.denoise == "on"))
    return Error{Errc::usage, fmt::format("condition=false excludes {}; leave one of them out",
                                          options.trim_pauses ? "trim_pauses=true" : "denoise=on")};
  return std::nullopt;
}

}  // namespace

EncodeOptions in_format(EncodeOptions options, const std::string& format, double spent_kbps) {
  const bool was_variable = options.format == "opus" || options.format == "webm";
  const bool was_fixed_opus = was_variable && options.bitrate_kbps > 0;
  const bool variable = format == "opus" || format == "webm";
  options.format = format;
  if (!was_variable) options.bitrate_kbps = 0;
  if (variable) return options;
  options.quality = 0;
  options.budget_bytes = 0;
  options.decoder = "stock";
  if (format == "mp3")
    options.bitrate_kbps = spent_kbps < 20.0 / 3 ? 16 : spent_kbps < 28.0 / 3 ? 24 : 32;
  else if (!was_fixed_opus)
    options.bitrate_kbps = std::clamp(std::ceil(spent_kbps * 4 / 3), 6.0, 64.0);
  return options;
}

bool is_option(std::string_view name) noexcept {
  return std::ranges::find(names, name) != names.end();
}

Result<EncodeOptions> parse_options(const Texts& texts) {
  EncodeOptions options;
  for (const auto& [name, text] : texts) {
    if (const auto error = set(options, name, text)) return std::unexpected(*error);
  }
  if (const auto error = contradiction(options)) return std::unexpected(*error);
  return options;
}

Result<Texts> option_texts(const json::object& object) {
  Texts texts;
  for (const auto& [key, value] : object) {
    std::string text;
    if (value.is_string())
      text = json::value_to<std::string>(value);
    else if (value.is_bool() || value.is_number())
      text = json::serialize(value);
    else
      return wrong(std::string(key), json::serialize(value), "a number, true, false or a text");
    // JSON writes 10.0 as 1E1, which is a number to from_chars too.
    texts.emplace(std::string(key), std::move(text));
  }
  return texts;
}

std::string canonical(const EncodeOptions& options) {
  return json::serialize(json::object{{"format", options.format},
                                      {"bitrate", options.bitrate_kbps},
                                      {"quality", options.quality},
                                      {"budget", options.budget_bytes},
                                      {"denoise", options.denoise},
                                      {"decoder", options.decoder},
                                      {"condition", options.condition},
                                      {"trim_pauses", options.trim_pauses}});
}

EncodeOptions parse_canonical(std::string_view text) {
  const auto root = json::parse(json::string_view(text.data(), text.size()));
  EncodeOptions options;
  options.format = json::value_to<std::string>(root.at("format"));
  options.bitrate_kbps = root.at("bitrate").to_number<double>();
  options.quality = root.at("quality").to_number<double>();
  options.budget_bytes = root.at("budget").to_number<std::uint64_t>();
  options.denoise = json::value_to<std::string>(root.at("denoise"));
  options.decoder = json::value_to<std::string>(root.at("decoder"));
  options.condition = root.at("condition").as_bool();
  options.trim_pauses = root.at("trim_pauses").as_bool();
  return options;
}

}  // namespace chasqui::jobs
