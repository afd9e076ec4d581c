#include "app/command.hpp"
#include "server/json_text.hpp"

#include <cerrno>
#include <chasqui/error.hpp>
#include <cstdio>
#include <string>
#include <system_error>

namespace chasqui::app {

namespace {

/// File names and texts from files may hold anything; a report stays one line and leaves the terminal alone.
void report(std::string line, const std::string& message) {
  for (const char c : message) line += static_cast<unsigned char>(c) < ' ' || c == 0x7F ? '?' : c;
  std::fputs((line + "\n").c_str(), stderr);
}

}  // namespace

void report_error(const Error& error) {
  report("chasqui: ", error.message);
}

void report_warning(const std::string& message) {
  report("chasqui: warning: ", message);
}

void print_text(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    throw Failure(Errc::output_unwritable, "standard output: cannot write: " + std::generic_category().message(errno));
}

void print_json(const boost::json::value& value) {
  print_text(server::json_text(value) + "\n");
}

}  // namespace chasqui::app
