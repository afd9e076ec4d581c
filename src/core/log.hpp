#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace chasqui::core {

enum class LogFormat : std::uint8_t { text, json };

/// What a line is about; empty: nothing of the kind.
struct LogTags {
  std::string request = {};  ///< id of the HTTP request that it began with
  std::string job = {}, episode = {};
};

/// Lines on standard error: time, level, message and tags; docs/logs.md has both forms. For any thread. What came from
/// outside is shown printable.
class Log {
 public:
  /// `level`: debug, info, warning or error.
  explicit Log(std::string_view level, LogFormat format = LogFormat::text);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message, const LogTags& tags = {});
  void info(std::string_view message, const LogTags& tags = {});
  void warning(std::string_view message, const LogTags& tags = {});
  void error(std::string_view message, const LogTags& tags = {});

 private:
  struct Sink;
  std::unique_ptr<Sink> sink_;
};

/// A line as it stands behind time and level: `JOB: MESSAGE [request ID]`, or members of a JSON object.
std::string log_text(std::string_view message, const LogTags& tags);
std::string log_members(std::string_view message, const LogTags& tags);

/// `text` short and without control characters.
std::string printable(std::string_view text, std::size_t longest = 200);

}  // namespace chasqui::core
