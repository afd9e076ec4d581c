#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace chasqui::core {

/// Lines on standard error: time, level, message. For any thread. What came from outside is shown printable.
class Log {
 public:
  /// `level`: debug, info, warning or error.
  explicit Log(std::string_view level);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view message);
  void info(std::string_view message);
  void warning(std::string_view message);
  void error(std::string_view message);

 private:
  struct Sink;
  std::unique_ptr<Sink> sink_;
};

/// `text` short and without control characters.
std::string printable(std::string_view text, std::size_t longest = 200);

}  // namespace chasqui::core
