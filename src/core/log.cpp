#include "core/log.hpp"

#include "core/utf8.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace chasqui::core {
namespace {

constexpr std::size_t longest_message = 2000;

/// In quotes. Control characters are gone already.
std::string json_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : as_utf8(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

struct Log::Sink {
  spdlog::logger logger{"chasqui", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  LogFormat format;

  void line(spdlog::level::level_enum level, std::string_view message, const LogTags& tags) {
    if (!logger.should_log(level)) return;
    logger.log(level, "{}", format == LogFormat::json ? log_members(message, tags) : log_text(message, tags));
  }
};

Log::Log(std::string_view level, LogFormat format) : sink_(std::make_unique<Sink>()) {
  constexpr auto text_line = "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
  constexpr auto json_line = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
  sink_->format = format;
  sink_->logger.set_pattern(format == LogFormat::json ? json_line : text_line, spdlog::pattern_time_type::utc);
  sink_->logger.set_level(spdlog::level::from_str(std::string(level)));
  sink_->logger.flush_on(spdlog::level::debug);
}

Log::~Log() = default;

void Log::debug(std::string_view message, const LogTags& tags) {
  sink_->line(spdlog::level::debug, message, tags);
}

void Log::info(std::string_view message, const LogTags& tags) {
  sink_->line(spdlog::level::info, message, tags);
}

void Log::warning(std::string_view message, const LogTags& tags) {
  sink_->line(spdlog::level::warn, message, tags);
}

void Log::error(std::string_view message, const LogTags& tags) {
  sink_->line(spdlog::level::err, message, tags);
}

std::string log_text(std::string_view message, const LogTags& tags) {
  auto line = printable(message, longest_message);
  if (!tags.job.empty()) line.insert(0, printable(tags.job) + ": ");
  if (!tags.request.empty()) line += fmt::format(" [request {}]", printable(tags.request));
  return line;
}

std::string log_members(std::string_view message, const LogTags& tags) {
  auto members = fmt::format(R"("message":{})", json_string(printable(message, longest_message)));
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) members += fmt::format(R"(,"{}":{})", name, json_string(printable(value)));
  };
  add("request_id", tags.request);
  add("job", tags.job);
  add("episode", tags.episode);
  return members;
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string safe;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    // U+0080 to U+009F, of two bytes, are controls too: U+009B does what ESC [ does.
    if (byte >= 0x80 && byte < 0xA0 && !safe.empty() && safe.back() == '\xC2')
      safe.back() = '?';
    else
      safe += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return safe;
}

}  // namespace chasqui::core
