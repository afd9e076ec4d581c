#include "app/batch.hpp"
#include "app/command.hpp"
#include "app/load_sound.hpp"
#include "audio/wav_writer.hpp"

#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <memory>
#include <vector>

namespace chasqui::app {
namespace {

struct DecodeFlags {
  std::string input, output;
  std::string decoder = "stock";
};

int run_decode(const Context& context, const DecodeFlags& flags) {
  const auto listener = listener_named(flags.decoder);
  auto reader = value_or_throw(opus::OggOpusReader::open(flags.input));
  if (reader.head().channels != 1) {
    throw Failure(Errc::input_unsupported,
                  fmt::format("{}: has {} channels; `decode` takes the mono files that `compress` makes", flags.input,
                              reader.head().channels));
  }
  refuse_same_file(flags.input, flags.output);
  audio::WavWriter wav(flags.output);
  const opus::Int16Sink sink = [&](std::span<const std::int16_t> samples) {
    if (context.stop.stop_requested()) throw Failure(Errc::cancelled, flags.input + ": stopped on request");
    wav.write(samples);
  };
  const auto report = value_or_throw(opus::decode_stream(std::move(reader), listener, sink));
  if (report.concealed_samples >= report.samples)
    throw Failure(Errc::input_corrupt, flags.input + ": nothing is left of its sound; fetch it again");
  wav.commit();
  if (report.concealed_samples > 0 || report.container.truncated || report.container.skipped_bytes > 0) {
    fmt::print(stderr, "chasqui: {}: damaged: {} samples concealed{}\n", flags.input, report.concealed_samples,
               report.container.truncated ? ", ends in the middle" : "");
  }
  return 0;
}

}  // namespace

Command add_decode(CLI::App& root) {
  auto* app = root.add_subcommand("decode", "decode an Ogg Opus file to WAV with the decoder that a listener has");
  auto flags = std::make_shared<DecodeFlags>();
  app->add_option("FILE", flags->input, "Ogg Opus file")->required();
  app->add_option("-o,--output", flags->output, "WAV file: 48 kHz, mono, 16 bits")->required();
  app->add_option("--decoder", flags->decoder, "stock, or enhanced (NoLACE, libopus >= 1.5)");
  return {app, [flags](const Context& context) { return run_decode(context, *flags); }};
}

}  // namespace chasqui::app
