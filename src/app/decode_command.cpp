#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/load_sound.hpp"
#include "audio/wav_writer.hpp"
#include "core/pcm.hpp"
#include "opus/comments.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <memory>
#include <string>
#include <vector>

namespace chasqui::app {
namespace {

struct DecodeFlags {
  std::string input, output;
  std::string decoder = "stock";
  bool json = false;
};

boost::json::object decoded_json(const DecodeFlags& flags, const opus::DecodeReport& report) {
  return {{"input", opus::to_utf8(flags.input)},
          {"output", opus::to_utf8(flags.output)},
          {"seconds", static_cast<double>(report.samples) / core::sample_rate_hz},
          {"samples", report.samples},
          {"invalid_packets", report.concealed_packets},
          {"concealed_samples", report.concealed_samples},
          {"holes", report.container.holes},
          {"skipped_bytes", report.container.skipped_bytes},
          {"jumped_samples", report.jumped_samples},
          {"truncated", report.container.truncated}};
}

/// What of the file is not as it was made; empty: nothing.
std::string damage(const opus::DecodeReport& report) {
  std::vector<std::string> found;
  if (report.concealed_samples > 0 || report.container.skipped_bytes > 0)
    found.push_back(fmt::format("{} samples concealed", report.concealed_samples));
  if (report.jumped_samples > 0)
    found.push_back(fmt::format("{:.1f} s missing where its clock jumps",
                                static_cast<double>(report.jumped_samples) / core::sample_rate_hz));
  if (report.container.truncated) found.emplace_back("ends in the middle");
  return fmt::format("{}", fmt::join(found, ", "));
}

int run_decode(const Context& context, const DecodeFlags& flags) {
  const auto listener = listener_named(flags.decoder);
  auto reader = value_or_throw(opus::OggOpusReader::open(flags.input));
  if (reader.head().channels != 1) {
    throw Failure(Errc::input_unsupported,
                  fmt::format("{}: has {} channels; `decode` takes the mono files that `compress` makes", flags.input,
                              reader.head().channels));
  }
  refuse_same_file(flags.input, flags.output);
  SoundLimit limit(flags.input, context.config);
  audio::WavWriter wav(flags.output);
  const opus::Int16Sink sink = [&](std::span<const std::int16_t> samples) {
    if (context.stop.stop_requested()) throw Failure(Errc::cancelled, flags.input + ": stopped on request");
    limit.add(samples.size());
    wav.write(samples);
  };
  const auto report = value_or_throw(opus::decode_stream(std::move(reader), listener, sink));
  if (report.concealed_samples >= report.samples)
    throw Failure(Errc::input_corrupt, flags.input + ": nothing is left of its sound; fetch it again");
  wav.commit();
  if (const auto found = damage(report); !found.empty())
    report_warning(fmt::format("{}: damaged: {}", flags.input, found));
  if (flags.json) print_json(decoded_json(flags, report));
  return 0;
}

}  // namespace

Command add_decode(CLI::App& root) {
  auto* app = root.add_subcommand("decode", "decode an Ogg Opus file to WAV with the decoder that a listener has");
  auto flags = std::make_shared<DecodeFlags>();
  app->add_option("FILE", flags->input, "Ogg Opus file")->required();
  app->add_option("-o,--output", flags->output, "WAV file: 48 kHz, mono, 16 bits")->required();
  app->add_option("--decoder", flags->decoder, "stock, or enhanced (NoLACE, libopus >= 1.5)");
  app->add_flag("--json", flags->json, "machine-readable: what was decoded and what was damaged, on standard output");
  return {app, [flags](const Context& context) { return run_decode(context, *flags); }};
}

}  // namespace chasqui::app
