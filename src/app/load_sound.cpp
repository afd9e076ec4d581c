#include "app/load_sound.hpp"

#include "app/batch.hpp"
#include "audio/decoder.hpp"
#include "audio/downmix.hpp"
#include "compress/conditioning.hpp"
#include "core/pcm.hpp"
#include "dsp/resampler.hpp"
#include "quality/window_scores.hpp"

#include <array>
#include <chasqui/error.hpp>
#include <fstream>
#include <string_view>

namespace chasqui::app {
namespace {

std::vector<float> load_media(const std::filesystem::path& path, const core::Config& config,
                              const std::stop_token& stop) {
  auto options = options_from(config);
  options.stop = stop;
  auto decoder = value_or_throw(audio::Decoder::open(path, compress::decoder_options(options)));
  dsp::Resampler resampler(core::sample_rate_hz, quality::scoring_rate_hz);
  std::vector<float> sound;
  std::vector<float> block(core::sample_rate_hz);
  while (const std::size_t count = value_or_throw(decoder.read(block)))
    resampler.push(std::span(block).first(count), sound);
  resampler.finish(sound);
  return sound;
}

std::vector<float> load_opus(const std::filesystem::path& path, const opus::ListenerDecoder& listener,
                             const std::stop_token& stop) {
  auto reader = value_or_throw(opus::OggOpusReader::open(path));
  const int channels = reader.head().channels;
  audio::Downmix downmix(channels, core::sample_rate_hz);
  dsp::Resampler resampler(core::sample_rate_hz, quality::scoring_rate_hz);
  std::vector<float> sound;
  std::vector<float> mono;
  const opus::FloatSink sink = [&](std::span<const float> samples) {
    if (stop.stop_requested()) throw Failure(Errc::cancelled, "stopped");
    mono.clear();
    downmix.push(samples, mono);
    resampler.push(mono, sound);
  };
  value_or_throw(opus::decode_stream(std::move(reader), listener, sink));
  mono.clear();
  downmix.finish(mono);
  resampler.push(mono, sound);
  resampler.finish(sound);
  return sound;
}

}  // namespace

bool is_ogg_opus(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;  // reading a FIFO here would use it up
  std::array<char, 64> start{};
  std::ifstream(path, std::ios::binary).read(start.data(), start.size());
  const std::string_view text(start.data(), start.size());
  return text.starts_with("OggS") && text.find("OpusHead") != std::string_view::npos;
}

opus::ListenerDecoder listener_named(const std::string& name) {
  if (name == "stock") return {};
  if (name == "enhanced") return {.enhancement = opus::Enhancement::nolace};
  throw Failure(Errc::usage, "--decoder is '" + name + "' but must be stock or enhanced");
}

std::vector<float> load_sound(const std::filesystem::path& path, const opus::ListenerDecoder& listener,
                              const core::Config& config, const std::stop_token& stop) {
  return is_ogg_opus(path) ? load_opus(path, listener, stop) : load_media(path, config, stop);
}

}  // namespace chasqui::app
