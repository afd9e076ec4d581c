#include "app/command.hpp"
#include "core/log.hpp"
#include "server/json_text.hpp"

#include <cerrno>
#include <chasqui/error.hpp>
#include <cstdio>
#include <string>
#include <system_error>

namespace chasqui::app {

namespace {

void report(const char* kind, const std::string& message) {
  std::fputs((kind + printable(message) + "\n").c_str(), stderr);
}

}  // namespace

std::string printable(std::string_view text) {
  return core::printable(text, std::string_view::npos);
}

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
