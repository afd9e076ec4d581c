#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/label_file.hpp"
#include "app/progress_bar.hpp"
#include "app/training_material.hpp"
#include "compress/labeller.hpp"
#include "core/exit_code.hpp"
#include "core/sha256.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>

namespace chasqui::app {
namespace {

struct LabelFlags {
  std::string folder, output;
  std::optional<std::string> threads;
};

int run_label(Context& context, const LabelFlags& flags) {
  merge_flag(context.config, "compress.threads", flags.threads, "--threads");
  const auto recordings = training_material(flags.folder);
  LabelFile file(flags.output);
  const std::size_t before = file.labels();
  CompressOptions options = options_from(context.config);
  options.stop = context.stop;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const auto& recording = recordings[i];
    auto origin = recording.origin;
    try {
      origin.sha256 = core::sha256_of_file(recording.path);
      ProgressBar bar(fmt::format("{}/{} {}", i + 1, recordings.size(), recording.path.filename().string()));
      options.on_progress = [&](const Progress& progress) { bar.show(progress.fraction); };
      compress::label_recording(recording.path, origin, options, file.done(origin.sha256),
                                [&](const std::vector<model::Label>& labels) { file.append(labels); });
    } catch (const Failure& failure) {
      if (failure.code() == Errc::cancelled || failure.code() == Errc::disk_full) {
        report_error({failure.code(), fmt::format("{}; the same command goes on from here", failure.what())});
        return core::exit_code(failure.code());
      }
      report_error(failure.error());
      ++failed;
    }
  }
  print_text(fmt::format("{}: {} labels, {} of them new, from {} recordings{}\n", printable(flags.output),
                         file.labels(), file.labels() - before, recordings.size() - failed,
                         failed == 0 ? "" : fmt::format("; {} could not be used", failed)));
  return failed == recordings.size() ? core::exit_code(Errc::input_unsupported) : 0;
}

}  // namespace

Command add_label(CLI::App& root) {
  auto* app = root.add_subcommand("label", "measure what settings do to recordings, for `train` to learn from");
  auto flags = std::make_shared<LabelFlags>();
  app->add_option("DIR", flags->folder, "recordings; manifest.csv in there may say file, speaker, source, licence")
      ->required();
  app->add_option("-o,--output", flags->output, "labels, as CSV; what is there is carried on")->required();
  app->add_option("--threads", flags->threads, "threads that compute (default: one per processor)");
  return {app, [flags](Context& context) { return run_label(context, *flags); }};
}

}  // namespace chasqui::app
