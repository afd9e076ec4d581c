#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/load_sound.hpp"
#include "app/model_store.hpp"
#include "app/progress_bar.hpp"
#include "core/atomic_file.hpp"
#include "core/exit_code.hpp"
#include "core/made_folder.hpp"
#include "opus/comments.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <charconv>
#include <chasqui/compress.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace chasqui::app {
namespace {

namespace fs = std::filesystem;

struct CompressFlags {
  std::vector<std::string> inputs;
  std::string output;
  bool recursive = false;
  bool keep_cover = false;
  bool raw = false;
  bool json = false;
  // texts, checked by the configuration table like the same key from a file
  std::optional<std::string> report, bitrate, format, denoise, threads, model;
  bool trim_pauses = false;
  std::optional<std::string> quality, budget, decoder;
};

void merge_flags(core::Config& config, const CompressFlags& flags) {
  merge_flag(config, "compress.bitrate_kbps", flags.bitrate, "--bitrate");
  merge_flag(config, "compress.format", flags.format, "--format");
  merge_flag(config, "compress.denoise", flags.denoise, "--denoise");
  merge_flag(config, "compress.threads", flags.threads, "--threads");
  merge_flag(config, "compress.model", flags.model, "--model");
  merge_flag(config, "compress.trim_pauses", flag_text(flags.trim_pauses), "--trim-pauses");
}

double bitrate_from(const core::Config& config, Format format) {
  constexpr double mp3_default_kbps = 24;
  const bool chosen = config.source("compress.bitrate_kbps") != "default";
  return format == Format::mp3 && !chosen ? mp3_default_kbps : config.number("compress.bitrate_kbps");
}

double quality_from(const std::string& text) {
  if (text == "essential") return quality_essential;
  if (text == "clear") return quality_clear;
  if (text == "rich") return quality_rich;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0)
    throw Failure(Errc::usage,
                  fmt::format("--quality {}: takes essential, clear, rich, or a number from 1.5 to 4.2", text));
  return value;
}

/// "500kB", "2 MB", "1.5MB", "300000": powers of 1000, as networks and phones count.
std::uint64_t bytes_from(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(text.data() + (end - text.data()), text.data() + text.size());
  const std::map<std::string, double> units{{"", 1}, {"B", 1}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}};
  const auto found = units.find(unit.starts_with(' ') ? unit.substr(1) : unit);
  if (error != std::errc() || found == units.end() || !(value * found->second >= 1) || value * found->second > 1e12)
    throw Failure(Errc::usage, fmt::format("--budget {}: takes a size as 500kB or 2MB", text));
  return static_cast<std::uint64_t>(value * found->second);
}

/// JSON is UTF-8, file names need not be: what is not becomes U+FFFD.
std::string text(const fs::path& path) {
  return opus::to_utf8(path.native());
}

boost::json::object row(const Job& job, const CompressResult& result, double elapsed) {
  return {{"input", text(job.input)},
          {"output", text(job.output)},
          {"seconds", result.seconds},
          {"input_bytes", result.input_bytes},
          {"output_bytes", result.output_bytes},
          {"bitrate_kbps", result.bitrate_kbps},
          {"segments", result.segments},
          {"segments_below_quality", result.segments_below_quality},
          {"elapsed_seconds", elapsed}};
}

std::string line(const Job& job, const CompressResult& result, double elapsed) {
  // 2G here is EDGE as it is met in the field: 40 kb/s.
  constexpr double edge_bytes_per_second = 40e3 / 8;
  const auto name = printable(job.output.native());
  return fmt::format("{}: {} of sound, {} -> {} ({:.1f} kb/s, {:.1f} times smaller), {} on 2G at 40 kb/s; took {}\n",
                     name, duration_text(result.seconds), size_text(result.input_bytes), size_text(result.output_bytes),
                     result.bitrate_kbps,
                     static_cast<double>(result.input_bytes) / static_cast<double>(result.output_bytes),
                     duration_text(static_cast<double>(result.output_bytes) / edge_bytes_per_second),
                     elapsed < 10 ? fmt::format("{:.1f} s", elapsed) : duration_text(elapsed)) +
         (result.segments_below_quality == 0
              ? ""
              : fmt::format("{}: {} of {} segments stay below the quality asked for at any bitrate; see --report\n",
                            name, result.segments_below_quality, result.segments));
}

boost::json::object row(const Job& job, const Failure& failure) {
  return {{"input", text(job.input)},
          {"error", {{"code", core::name(failure.code())}, {"message", text(failure.what())}}}};
}

bool is_page(const fs::path& file) {
  const auto extension = file.extension();
  return extension == ".html" || extension == ".htm";
}

CompressResult compress_one(const Job& job, const CompressFlags& flags, CompressOptions& options) {
  const core::MadeFolder folder(job.output.parent_path());
  // Opened first, so that a sheet that cannot be written costs nobody the time of the work.
  std::optional<core::AtomicFile> report;
  if (flags.report) {
    refuse_same_file(job.input, *flags.report);
    refuse_same_file(job.output, *flags.report);
    report.emplace(*flags.report);
    options.html_report = is_page(*flags.report);
  }
  ProgressBar bar(job.input.filename().string());
  options.on_progress = [&](const Progress& progress) { bar.show(progress.fraction); };
  auto result = compress_file(job.input, job.output, options);
  if (report) {
    report->write(options.html_report ? result.report_html : result.report_json);
    report->commit();
  }
  return result;
}

int run_compress(Context& context, const CompressFlags& flags) {
  merge_flags(context.config, flags);
  CompressOptions options = options_from(context.config);
  options.bitrate_kbps = bitrate_from(context.config, options.format);
  options.keep_cover = flags.keep_cover;
  if (flags.quality) options.quality = quality_from(*flags.quality);
  if (flags.budget) options.budget_bytes = bytes_from(*flags.budget);
  if (flags.decoder) options.enhanced_decoder = listener_named(*flags.decoder).enhancement != opus::Enhancement::none;
  options.model = chosen_model(context.config);
  options.on_warning = report_warning;
  if (flags.raw) leave_unconditioned(options, context.config);
  options.stop = context.stop;
  const auto jobs = plan_batch(flags.inputs, flags.output, flags.recursive, name(options.format));
  if (flags.report && jobs.size() > 1)
    throw Failure(Errc::usage, "--report takes one input; each of several would overwrite it");

  // One bad file does not keep the others from being done; the exit code is that of the first failure.
  int exit = 0;
  boost::json::array rows;
  for (const auto& job : jobs) {
    const auto start = std::chrono::steady_clock::now();
    try {
      const auto result = compress_one(job, flags, options);
      const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (flags.json)
        rows.push_back(row(job, result, elapsed));
      else
        print_text(line(job, result, elapsed));
    } catch (const Failure& failure) {
      report_error(failure.error());
      if (exit == 0) exit = core::exit_code(failure.code());
      rows.push_back(row(job, failure));
      if (failure.code() == Errc::cancelled || failure.code() == Errc::disk_full) break;
    }
  }
  const bool single = flags.inputs.size() == 1 && rows.size() == 1;
  if (flags.json) print_json(single ? rows.front() : rows);
  return exit;
}

}  // namespace

Command add_compress(CLI::App& root) {
  auto* app = root.add_subcommand("compress", "compress recordings to ultra-low-bitrate Opus");
  auto flags = std::make_shared<CompressFlags>();
  app->add_option("IN", flags->inputs, "recordings of any format, or folders with --recursive")->required();
  app->add_option("-o,--output", flags->output, "output file, or folder (default: beside each input)");
  app->add_option("-b,--bitrate", flags->bitrate, "kb/s: 5 to 64 (default 8); mp3: 16, 24 or 32 (default 24)");
  app->add_option("-q,--quality", flags->quality,
                  "instead of a bitrate: essential, clear, rich, or the least MOS of any 4 s, 1.5 to 4.2")
      ->excludes("--bitrate");
  app->add_option("--budget", flags->budget,
                  "instead of both: the size to stay within, as 2MB; at the best quality that fits")
      ->excludes("--bitrate")
      ->excludes("--quality");
  app->add_option("--decoder", flags->decoder,
                  "for --quality and --budget: through which it is judged, stock or enhanced (NoLACE; default stock)");
  app->add_option("--model", flags->model,
                  "what guesses for --quality: a model's name or folder, or none (default auto)");
  app->add_option("-f,--format", flags->format, "opus, webm, caf (keeps no chapters) or mp3 (default opus)");
  app->add_option("--report", flags->report,
                  "write the proof sheet to this file: a page when it ends in .html, else JSON");
  app->add_option("--threads", flags->threads, "threads that compute (default: one per processor)");
  app->add_option("--denoise", flags->denoise, "auto, on or off (default auto: only where it pays)");
  app->add_flag("--trim-pauses", flags->trim_pauses, "shorten dead air");
  app->add_flag("--no-condition", flags->raw, "mix down only: no filter, no denoising, no shorter pauses, no loudness");
  app->add_flag("--keep-cover", flags->keep_cover, "opus only: carry the cover picture over");
  app->add_flag("--recursive", flags->recursive, "take all recordings in folders");
  app->add_flag("--json", flags->json, "machine-readable result on standard output");
  return {app, [flags](Context& context) { return run_compress(context, *flags); }};
}

}  // namespace chasqui::app
