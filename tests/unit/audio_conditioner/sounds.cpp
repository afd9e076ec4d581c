#include "unit/audio_conditioner/sounds.hpp"

#include "core/pcm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <string>

namespace chasqui::audio::sounds {
namespace {

std::size_t samples(double seconds) {
  return static_cast<std::size_t>(std::lround(seconds * core::sample_rate_hz));
}

Sound decoded(const std::string& arguments, std::size_t count) {
  const std::string command = fmt::format("ffmpeg -v fatal {} -t {} -f f32le -ac 1 -ar 48000 - </dev/null", arguments,
                                          static_cast<double>(count) / core::sample_rate_hz + 0.1);
  const auto close = [](FILE* pipe) { ::pclose(pipe); };
  const std::unique_ptr<FILE, decltype(close)> pipe(::popen(command.c_str(), "r"), close);
  Sound sound(count);
  if (pipe == nullptr || std::fread(sound.data(), sizeof(float), count, pipe.get()) != count)
    throw std::runtime_error("too little sound (see tools/bootstrap for the packages): " + command);
  return sound;
}

}  // namespace

Sound sine(double hz, double amplitude, double seconds, double phase_rad) {
  Sound sound(samples(seconds));
  const double step = 2 * std::numbers::pi * hz / core::sample_rate_hz;
  for (std::size_t i = 0; i < sound.size(); ++i)
    sound[i] = static_cast<float>(amplitude * std::sin(step * static_cast<double>(i) + phase_rad));
  return sound;
}

Sound noise(double rms, double seconds, unsigned seed) {
  Sound sound(samples(seconds));
  std::uint64_t state = seed;
  for (float& sample : sound) {
    state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const double uniform = static_cast<double>(state >> 11) / 9'007'199'254'740'992.0;
    sample = static_cast<float>(rms * std::sqrt(12.0) * (uniform - 0.5));
  }
  return sound;
}

Sound silence(double seconds) {
  return Sound(samples(seconds));
}

Sound speech(double seconds) {
  // Decoded once for all tests of the program.
  static const Sound all = [] {
    std::string inputs;
    std::string filter;
    int count = 0;
    for (const char* name : {"demo-congrats", "demo-instruct", "conf-adminmenu-18", "priv-callee-options"}) {
      inputs += fmt::format("-f g722 -i /usr/share/asterisk/sounds/es_MX_f_Allison/{}.g722 ", name);
      filter += fmt::format("[{}]", count++);
    }
    return decoded(fmt::format("{}-filter_complex '{}concat=n={}:v=0:a=1'", inputs, filter, count), samples(40));
  }();
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(samples(seconds))};
}

Sound music(double seconds) {
  static const Sound all =
      decoded("-ss 20 -i /usr/share/games/wesnoth/1.16/data/core/music/battle-epic.ogg", samples(40));
  return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(samples(seconds))};
}

Sound operator+(Sound a, const Sound& b) {
  a.resize(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < b.size(); ++i) a[i] += b[i];
  return a;
}

Sound operator*(double gain, Sound sound) {
  for (float& sample : sound) sample *= static_cast<float>(gain);
  return sound;
}

Sound joined(std::initializer_list<Sound> sounds) {
  Sound all;
  for (const Sound& sound : sounds) all.insert(all.end(), sound.begin(), sound.end());
  return all;
}

Sound interleaved(const Sound& left, const Sound& right) {
  Sound stereo;
  stereo.reserve(2 * left.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    stereo.push_back(left[i]);
    stereo.push_back(right[i]);
  }
  return stereo;
}

double rms(std::span<const float> sound) {
  double energy = 0;
  for (const float sample : sound) energy += static_cast<double>(sample) * static_cast<double>(sample);
  return std::sqrt(energy / static_cast<double>(std::max<std::size_t>(sound.size(), 1)));
}

double decibels(double ratio) {
  return 20 * std::log10(ratio);
}

}  // namespace chasqui::audio::sounds
