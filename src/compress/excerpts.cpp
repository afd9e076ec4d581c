#include "compress/excerpts.hpp"

#include "audio/wav_writer.hpp"
#include "core/pcm.hpp"
#include "dsp/resampler.hpp"
#include "opus/ogg_reader.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace chasqui::compress {
namespace {

constexpr std::int64_t excerpt_samples = 8 * std::int64_t{core::sample_rate_hz};
constexpr std::int64_t most_excerpts = 3;
// Keeps all that Opus keeps of speech at these bitrates, in half the bytes.
constexpr int wav_rate_hz = 24'000;

/// Moved to lie within the recording.
Excerpt around(std::int64_t middle, std::int64_t length) {
  const std::int64_t span = std::min(excerpt_samples, length);
  const std::int64_t begin = std::clamp<std::int64_t>(middle - span / 2, 0, length - span);
  return {begin, begin + span, {}};
}

std::vector<Excerpt> evenly_spread(std::int64_t length) {
  const std::int64_t count = std::clamp<std::int64_t>(length / excerpt_samples, 1, most_excerpts);
  std::vector<Excerpt> excerpts;
  excerpts.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) excerpts.push_back(around(length * (2 * i + 1) / (2 * count), length));
  return excerpts;
}

std::vector<std::byte> wav(std::span<const float> sound) {
  const auto resampled = dsp::resample(sound, core::sample_rate_hz, wav_rate_hz);
  std::vector<std::int16_t> pcm(resampled.size());
  std::ranges::transform(resampled, pcm.begin(), [](float sample) {
    return static_cast<std::int16_t>(std::lround(std::clamp(sample * 32'768.0F, -32'768.0F, 32'767.0F)));
  });
  return audio::wav_bytes(pcm, wav_rate_hz);
}

}  // namespace

std::vector<Excerpt> choose_excerpts(std::span<const quality::WindowScore> windows, std::int64_t length) {
  std::vector<const quality::WindowScore*> scored;
  for (const auto& window : windows)
    if (window.mos) scored.push_back(&window);
  if (scored.empty()) return evenly_spread(length);
  std::ranges::sort(scored, {}, [](const auto* window) { return std::pair(*window->mos, window->begin_s); });

  std::vector<Excerpt> excerpts;
  for (const auto* window : scored) {
    if (std::ssize(excerpts) == most_excerpts) break;
    const double middle_s = (window->begin_s + window->end_s) / 2;
    Excerpt excerpt = around(std::llround(middle_s * core::sample_rate_hz), length);
    excerpt.window = *window;
    const bool apart = std::ranges::all_of(excerpts, [&excerpt](const Excerpt& chosen) {
      return excerpt.end <= chosen.begin || chosen.end <= excerpt.begin;
    });
    if (apart) excerpts.push_back(excerpt);
  }
  return excerpts;
}

std::vector<std::byte> conditioned_wav(const audio::ConditionedEpisode& episode, const Excerpt& excerpt) {
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(excerpt.end - excerpt.begin));
  episode.read(excerpt.begin, pcm);
  std::vector<float> sound(pcm.size());
  std::ranges::transform(pcm, sound.begin(), core::as_float);
  return wav(sound);
}

std::vector<std::vector<std::byte>> heard_wavs(const std::filesystem::path& ogg_opus, std::span<const Excerpt> excerpts,
                                               const opus::ListenerDecoder& listener, const std::stop_token& stop) {
  std::vector<std::vector<float>> sounds(excerpts.size());
  std::int64_t begin = 0;
  const opus::FloatSink keep = [&](std::span<const float> block) {
    if (stop.stop_requested())
      throw Failure(Errc::cancelled, ogg_opus.string() + ": is complete, but its report was stopped on request");
    const std::int64_t end = begin + std::ssize(block);
    for (std::size_t i = 0; i < excerpts.size(); ++i) {
      const std::int64_t from = std::max(begin, excerpts[i].begin);
      const std::int64_t to = std::min(end, excerpts[i].end);
      if (from >= to) continue;
      const auto part = block.subspan(static_cast<std::size_t>(from - begin), static_cast<std::size_t>(to - from));
      sounds[i].insert(sounds[i].end(), part.begin(), part.end());
    }
    begin = end;
  };
  value_or_throw(opus::decode_stream(value_or_throw(opus::OggOpusReader::open(ogg_opus)), listener, keep));

  std::vector<std::vector<std::byte>> wavs;
  wavs.reserve(sounds.size());
  for (const auto& sound : sounds) wavs.push_back(wav(sound));
  return wavs;
}

}  // namespace chasqui::compress
