#include "core/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace chasqui::core {

struct Log::Sink {
  spdlog::logger logger{"chasqui", std::make_shared<spdlog::sinks::stderr_sink_mt>()};
};

Log::Log(std::string_view level) : sink_(std::make_unique<Sink>()) {
  sink_->logger.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  sink_->logger.set_level(spdlog::level::from_str(std::string(level)));
  sink_->logger.flush_on(spdlog::level::debug);
}

Log::~Log() = default;

void Log::debug(std::string_view message) {
  sink_->logger.debug("{}", printable(message, 2000));
}

void Log::info(std::string_view message) {
  sink_->logger.info("{}", printable(message, 2000));
}

void Log::warning(std::string_view message) {
  sink_->logger.warn("{}", printable(message, 2000));
}

void Log::error(std::string_view message) {
  sink_->logger.error("{}", printable(message, 2000));
}

std::string printable(std::string_view text, std::size_t longest) {
  std::string safe;
  for (const char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    safe += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return safe;
}

}  // namespace chasqui::core
