#include "app/command.hpp"
#include "compress/library_versions.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <chasqui/compress.hpp>
#include <memory>

namespace chasqui::app {
namespace {

void print_version(bool json) {
  const auto libraries = compress::library_versions();
  const auto features = compress::features();
  if (json) {
    boost::json::object library_rows;
    boost::json::object feature_rows;
    for (const auto& [library, version] : libraries) library_rows[library] = version;
    for (const auto& [feature, present] : features) feature_rows[feature] = present;
    print_json(boost::json::object{{"chasqui", version()}, {"libraries", library_rows}, {"features", feature_rows}});
    return;
  }
  std::string text = fmt::format("chasqui {}\n", version());
  for (const auto& [library, version] : libraries) text += fmt::format("  {:<14} {}\n", library, version);
  for (const auto& [feature, present] : features) text += fmt::format("  {:<14} {}\n", feature, present ? "yes" : "no");
  print_text(text);
}

}  // namespace

Command add_version(CLI::App& root) {
  auto* app = root.add_subcommand("version", "versions of Chasqui and its libraries, and which features they have");
  auto json = std::make_shared<bool>(false);
  app->add_flag("--json", *json, "machine-readable");
  return {app, [json](Context&) {
            print_version(*json);
            return 0;
          }};
}

}  // namespace chasqui::app
