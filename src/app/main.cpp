#include "app/command.hpp"
#include "app/service_settings.hpp"
#include "app/stop_on_signal.hpp"
#include "core/exit_code.hpp"
#include "core/log.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX asks the program to declare it

namespace chasqui::app {
namespace {

/// Defaults, then the file, then the environment; flags come last, from the command itself.
core::Config load_config(const std::string& file_flag) {
  core::Config config;
  const char* variable = std::getenv("CHASQUI_CONFIG");  // NOLINT(concurrency-mt-unsafe): before any thread writes
  const std::filesystem::path file = !file_flag.empty() ? file_flag : variable != nullptr ? variable : "";
  if (!file.empty()) value_or_throw(config.merge_file(file));
  value_or_throw(config.merge_environment(environ));
  return config;
}

/// How the failure that ends the program is told: on a line as people read it or, of what runs in a pod, as the log.
class LastWord {
 public:
  /// Before the configuration is known, its variable is all there is to go by.
  void begin(const CLI::App& root) {
    for (const auto* command : {"serve", "worker", "db"}) as_logged_ = as_logged_ || root.got_subcommand(command);
    const char* variable = std::getenv("CHASQUI_LOG_FORMAT");  // NOLINT(concurrency-mt-unsafe): nobody writes it
    format_ = variable != nullptr && std::string_view(variable) == "json" ? core::LogFormat::json : format_;
    for (const auto* command : root.get_subcommands())
      has_threads_ = has_threads_ || command->get_option_no_throw("--threads") != nullptr;
  }
  void learn(const core::Config& config) { format_ = log_format(config); }

  int out_of_memory() const {
    return (*this)({Errc::internal, has_threads_ ? "out of memory; try fewer --threads"
                                                 : "out of memory; free some, or give it shorter recordings"});
  }

  int operator()(const Error& error) const {
    if (as_logged_ && format_ == core::LogFormat::json)
      core::Log("error", format_).error(error.message);
    else
      report_error(error);
    return core::exit_code(error.code);
  }

 private:
  bool as_logged_ = false;
  bool has_threads_ = false;
  core::LogFormat format_ = core::LogFormat::text;
};

int parse_error(const CLI::App& root, const CLI::ParseError& error, const LastWord& report) {
  if (error.get_exit_code() == 0) return root.exit(error);  // --help
  std::string help = "chasqui";
  for (const auto* command : root.get_subcommands()) help += " " + command->get_name();
  return report({Errc::usage, fmt::format("{}; see `{} --help`", error.what(), help)});
}

int run(int argc, char** argv, LastWord& last_word) {
  CLI::App root{"Chasqui: spoken lessons as the smallest Opus files that still can be understood", "chasqui"};
  root.require_subcommand(1);
  root.failure_message(CLI::FailureMessage::simple);
  std::string config_file;
  root.add_option("--config", config_file, "configuration file (default: $CHASQUI_CONFIG)");
  const std::array commands{add_compress(root),     add_inspect(root), add_decode(root), add_compare(root),
                            add_condition(root),    add_label(root),   add_train(root),  add_evaluate(root),
                            add_models(root),       add_serve(root),   add_worker(root), add_database(root),
                            add_dead_letters(root), add_workers(root), add_keys(root),   add_config(root),
                            add_version(root)};
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return parse_error(root, error, last_word);
  }
  const StopOnSignal signals;
  last_word.begin(root);
  Context context{load_config(config_file), signals.token()};
  last_word.learn(context.config);
  for (const auto& command : commands) {
    if (command.app->parsed()) return command.run(context);
  }
  return core::exit_code(Errc::usage);
}

/// A segment's sound is some megabytes, which glibc takes from the system and gives back every time: a fortieth of the
/// time of `compress -b` went into clearing pages. Keeping more than this is no faster and takes 20 MB more.
void keep_freed_memory() noexcept {
#if defined(__GLIBC__)
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 8 << 20);
#endif
}

}  // namespace
}  // namespace chasqui::app

int main(int argc, char** argv) {
  chasqui::app::keep_freed_memory();
  using chasqui::Errc;
  chasqui::app::LastWord last_word;
  try {
    return chasqui::app::run(argc, argv, last_word);
  } catch (const chasqui::Failure& failure) {
    return last_word(failure.error());
  } catch (const std::bad_alloc&) {
    return last_word.out_of_memory();
  } catch (const std::exception& error) {
    return last_word({Errc::internal, fmt::format("internal error: {}", error.what())});
  }
}
