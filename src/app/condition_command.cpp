#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/progress_bar.hpp"
#include "audio/wav_writer.hpp"
#include "compress/conditioning.hpp"
#include "compress/report.hpp"
#include "core/pcm.hpp"
#include "opus/comments.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chasqui/compress.hpp>
#include <memory>
#include <optional>
#include <vector>

namespace chasqui::app {
namespace {

struct ConditionFlags {
  std::string input, output;
  std::optional<std::string> denoise, threads;
  bool trim_pauses = false;
  bool raw = false;
  bool json = false;
};

boost::json::object conditioned_json(const ConditionFlags& flags, const audio::ConditionedEpisode& episode,
                                     const CompressOptions& options) {
  boost::json::object facts{{"input", opus::to_utf8(flags.input)},
                            {"output", opus::to_utf8(flags.output)},
                            {"seconds", static_cast<double>(episode.length()) / core::sample_rate_hz},
                            {"samples", episode.length()}};
  for (const auto& [key, value] : compress::decoding_json(episode.report())) facts[key] = value;
  facts["conditioning"] = compress::conditioning_json(episode.report(), options);
  return facts;
}

int run_condition(Context& context, const ConditionFlags& flags) {
  refuse_same_file(flags.input, flags.output);
  merge_flag(context.config, "compress.denoise", flags.denoise, "--denoise");
  merge_flag(context.config, "compress.threads", flags.threads, "--threads");
  merge_flag(context.config, "compress.trim_pauses", flag_text(flags.trim_pauses), "--trim-pauses");
  CompressOptions options = options_from(context.config);
  if (flags.raw) leave_unconditioned(options, context.config);
  options.stop = context.stop;
  audio::WavWriter wav(flags.output);
  core::ThreadPool pool(compress::thread_count(options));
  ProgressBar bar(flags.input);
  options.on_progress = [&](const Progress& progress) { bar.show(progress.fraction); };
  const auto episode = compress::condition(flags.input, options, pool);
  std::vector<std::int16_t> block(core::sample_rate_hz);
  for (std::int64_t at = 0; at < episode.length(); at += core::sample_rate_hz) {
    const auto count = std::min<std::int64_t>(core::sample_rate_hz, episode.length() - at);
    const auto part = std::span(block).first(static_cast<std::size_t>(count));
    episode.read(at, part);
    wav.write(part);
  }
  wav.commit();
  if (flags.json) print_json(conditioned_json(flags, episode, options));
  return 0;
}

}  // namespace

Command add_condition(CLI::App& root) {
  auto* app = root.add_subcommand("condition", "write exactly the sound that the encoder would get, as WAV");
  auto flags = std::make_shared<ConditionFlags>();
  app->add_option("IN", flags->input, "recording of any format")->required();
  app->add_option("-o,--output", flags->output, "WAV file: 48 kHz, mono, 16 bits")->required();
  app->add_option("--denoise", flags->denoise, "auto, on or off (default auto)");
  app->add_option("--threads", flags->threads, "threads that compute (default: one per processor)");
  app->add_flag("--trim-pauses", flags->trim_pauses, "shorten dead air");
  app->add_flag("--no-condition", flags->raw, "mix down only: no filter, no denoising, no shorter pauses, no loudness");
  app->add_flag("--json", flags->json, "machine-readable: what was found and done, on standard output");
  return {app, [flags](Context& context) { return run_condition(context, *flags); }};
}

}  // namespace chasqui::app
