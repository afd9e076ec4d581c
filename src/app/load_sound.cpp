#include "app/load_sound.hpp"

#include "app/batch.hpp"
#include "audio/decoder.hpp"
#include "audio/downmix.hpp"
#include "compress/conditioning.hpp"
#include "core/pcm.hpp"
#include "core/readable.hpp"
#include "dsp/resampler.hpp"
#include "quality/compare.hpp"

#include <fmt/format.h>

#include <array>
#include <chasqui/error.hpp>
#include <fstream>
#include <string_view>

namespace chasqui::app {
namespace {

std::vector<float> load_media(const std::filesystem::path& path, const core::Config& config,
                              const std::stop_token& stop, SoundLimit& limit) {
  auto options = options_from(config);
  options.stop = stop;
  auto decoder = value_or_throw(audio::Decoder::open(path, compress::decoder_options(options)));
  dsp::Resampler resampler(core::sample_rate_hz, quality::scoring_rate_hz);
  std::vector<float> sound;
  std::vector<float> block(core::sample_rate_hz);
  while (const std::size_t count = value_or_throw(decoder.read(block))) {
    limit.add(count);
    resampler.push(std::span(block).first(count), sound);
  }
  resampler.finish(sound);
  return sound;
}

std::vector<float> load_opus(const std::filesystem::path& path, const opus::ListenerDecoder& listener,
                             const std::stop_token& stop, SoundLimit& limit) {
  auto reader = value_or_throw(opus::OggOpusReader::open(path));
  const int channels = reader.head().channels;
  audio::Downmix downmix(channels, core::sample_rate_hz);
  dsp::Resampler resampler(core::sample_rate_hz, quality::scoring_rate_hz);
  std::vector<float> sound;
  std::vector<float> mono;
  const opus::FloatSink sink = [&](std::span<const float> samples) {
    if (stop.stop_requested()) throw Failure(Errc::cancelled, path.string() + ": stopped on request");
    limit.add(samples.size() / static_cast<std::size_t>(channels));
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

SoundLimit::SoundLimit(std::filesystem::path path, const core::Config& config)
    : path_(std::move(path)),
      longest_s_(config.number("decoder.longest_hours") * 3600),
      whose_("the most that decoder.longest_hours allows") {}

void SoundLimit::lower(double longest_s, std::string whose) {
  if (longest_s >= longest_s_) return;
  longest_s_ = longest_s;
  whose_ = std::move(whose);
}

void SoundLimit::add(std::size_t samples) {
  samples_ += samples;
  if (static_cast<double>(samples_) <= longest_s_ * core::sample_rate_hz) return;
  throw Failure(Errc::input_too_long, fmt::format("{}: has more than {} of sound, {}", path_.string(),
                                                  core::duration_text(longest_s_), whose_));
}

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
  SoundLimit limit(path, config);
  limit.lower(quality::CompareOptions{}.longest_s, "the most that can be compared; cut both and compare the parts");
  return is_ogg_opus(path) ? load_opus(path, listener, stop, limit) : load_media(path, config, stop, limit);
}

}  // namespace chasqui::app
