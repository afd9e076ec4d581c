#pragma once

#include "core/config.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/value.hpp>

#include <chasqui/error.hpp>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

namespace chasqui::app {

/// What every command gets: the configuration with flags merged last, and the request to stop (SIGINT, SIGTERM).
struct Context {
  core::Config config;
  std::stop_token stop;
};

/// Each command adds its flags to the command line and gives what to run once they are parsed; the answer is the
/// process exit code. Failures are thrown and reported by main.
using Run = std::function<int(Context&)>;
struct Command {
  CLI::App* app;
  Run run;
};

Command add_compress(CLI::App& root);
Command add_inspect(CLI::App& root);
Command add_decode(CLI::App& root);
Command add_compare(CLI::App& root);
Command add_condition(CLI::App& root);
Command add_label(CLI::App& root);
Command add_train(CLI::App& root);
Command add_evaluate(CLI::App& root);
Command add_models(CLI::App& root);
Command add_keys(CLI::App& root);
Command add_serve(CLI::App& root);
Command add_worker(CLI::App& root);
Command add_database(CLI::App& root);
Command add_dead_letters(CLI::App& root);
Command add_workers(CLI::App& root);
Command add_config(CLI::App& root);
Command add_version(CLI::App& root);

/// One line of JSON on standard output; throws Failure(output_unwritable) when it cannot be written.
void print_json(const boost::json::value& value);
void print_text(std::string_view text);

/// A name, or another text from outside, as it may stand in a line for people: a terminal gets nothing to obey.
std::string printable(std::string_view text);

/// One line on standard error, whatever is in the message.
void report_error(const Error& error);
void report_warning(const std::string& message);

}  // namespace chasqui::app
