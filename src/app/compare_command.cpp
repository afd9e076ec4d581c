#include "app/command.hpp"
#include "app/load_sound.hpp"
#include "core/atomic_file.hpp"
#include "quality/compare.hpp"
#include "quality/plot.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <cmath>
#include <memory>

namespace chasqui::app {
namespace {

namespace json = boost::json;

struct CompareFlags {
  std::string reference, degraded, plot;
  std::string decoder = "stock";
  bool force = false;
  bool json = false;
};

json::value number(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return std::round(*value * 1e5) / 1e5;
}

json::object summary(const quality::ScoreSummary& score) {
  return {{"windows", score.count},
          {"mean", number(score.mean)},
          {"median", number(score.median)},
          {"worst_5_percent", number(score.worst_5_percent)},
          {"worst", number(score.worst)},
          {"worst_begin_s", number(score.worst_begin_s)},
          {"worst_end_s", number(score.worst_end_s)}};
}

json::object to_json(const CompareFlags& flags, const quality::Comparison& result) {
  json::array windows;
  for (const auto& window : result.windows) {
    windows.push_back(json::object{{"begin_s", number(window.begin_s)},
                                   {"end_s", number(window.end_s)},
                                   {"estoi", number(window.estoi)},
                                   {"nsim", number(window.nsim)},
                                   {"mos", number(window.mos)},
                                   {"active", number(window.active)}});
  }
  return {{"reference", flags.reference},
          {"degraded", flags.degraded},
          {"lag_s", number(result.lag_s)},
          {"correlation", number(result.alignment.correlation)},
          {"inverted", result.alignment.inverted},
          {"length_s", number(result.length_s)},
          {"estoi", number(result.whole_estoi)},
          {"estoi_windows", summary(result.estoi)},
          {"nsim_windows", summary(result.nsim)},
          {"mos_windows", summary(result.mos)},
          {"windows", std::move(windows)},
          {"warnings", json::array(result.warnings.begin(), result.warnings.end())}};
}

std::string line(std::string_view name, const quality::ScoreSummary& score) {
  if (score.count == 0) return fmt::format("  {}  not scored: too little speech\n", name);
  return fmt::format("  {}  mean {:.3f}  median {:.3f}  worst 5 % {:.3f}  worst {:.3f} at {:.0f}-{:.0f} s\n", name,
                     score.mean, score.median, score.worst_5_percent, score.worst, score.worst_begin_s,
                     score.worst_end_s);
}

std::string to_text(const CompareFlags& flags, const quality::Comparison& result) {
  std::string text = fmt::format("{} against {}: {:.1f} s in common, lag {:+.4f} s\n", printable(flags.degraded),
                                 printable(flags.reference), result.length_s, result.lag_s);
  text += fmt::format("  windows of 4 s, every second: {} scored\n", result.estoi.count);
  if (result.whole_estoi) text += fmt::format("  ESTOI of the whole  {:.3f}\n", *result.whole_estoi);
  return text + line("ESTOI", result.estoi) + line("NSIM ", result.nsim) + line("MOS  ", result.mos);
}

void write_plot(const CompareFlags& flags, const quality::Signal& reference, const quality::Signal& degraded,
                const quality::Comparison& result, const std::stop_token& stop) {
  const std::filesystem::path target = flags.plot;
  quality::PlotOptions options;
  options.reference_name = std::filesystem::path(flags.reference).filename();
  options.degraded_name = std::filesystem::path(flags.degraded).filename();
  core::AtomicFile file(target);
  if (target.extension() == ".svg")
    file.write(quality::plot_svg(reference, degraded, result, options));
  else
    file.write(quality::plot_png(reference, degraded, result, options));
  if (stop.stop_requested()) throw Failure(Errc::cancelled, flags.plot + ": stopped on request");
  file.commit();
}

void check_plot_name(const std::filesystem::path& target) {
  if (target.empty() || target.extension() == ".png" || target.extension() == ".svg") return;
  throw Failure(Errc::usage, fmt::format("{}: --plot draws .png or .svg", target.string()));
}

int run_compare(const Context& context, const CompareFlags& flags) {
  check_plot_name(flags.plot);
  const auto listener = listener_named(flags.decoder);
  const auto reference = load_sound(flags.reference, {}, context.config, context.stop);
  const auto degraded = load_sound(flags.degraded, listener, context.config, context.stop);
  quality::CompareOptions options;
  options.accept_poor_alignment = flags.force;
  options.windows.stop = context.stop;
  const quality::Signal left{reference, quality::scoring_rate_hz};
  const quality::Signal right{degraded, quality::scoring_rate_hz};
  auto compared = quality::compare(left, right, options);
  if (!compared) {
    throw Failure(compared.error().code,
                  fmt::format("{} and {}: {}{}", flags.reference, flags.degraded, compared.error().message,
                              compared.error().code == Errc::usage ? ", or add --force" : ""));
  }
  const auto& result = *compared;
  if (!flags.plot.empty()) write_plot(flags, left, right, result, context.stop);
  for (const auto& warning : result.warnings) report_warning(warning);
  if (flags.json)
    print_json(to_json(flags, result));
  else
    print_text(to_text(flags, result));
  return 0;
}

}  // namespace

Command add_compare(CLI::App& root) {
  auto* app = root.add_subcommand("compare", "align two recordings and score the second against the first, per window");
  auto flags = std::make_shared<CompareFlags>();
  app->add_option("REFERENCE", flags->reference, "what it should sound like, of any format")->required();
  app->add_option("DEGRADED", flags->degraded, "what is heard, of any format")->required();
  app->add_option("--plot", flags->plot, "draw spectrograms and scores over time to this .png or .svg");
  app->add_option("--decoder", flags->decoder, "for an Ogg Opus DEGRADED: stock, or enhanced (NoLACE)");
  app->add_flag("--force", flags->force, "go on when the two do not look like the same recording");
  app->add_flag("--json", flags->json, "machine-readable, with every window");
  return {app, [flags](const Context& context) { return run_compare(context, *flags); }};
}

}  // namespace chasqui::app
