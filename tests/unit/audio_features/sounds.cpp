#include "sounds.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numbers>
#include <random>

namespace chasqui::audio::testing {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing))
    if (entry.path().extension() == extension) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::size_t samples(double seconds) {
  return static_cast<std::size_t>(std::lround(seconds * core::sample_rate_hz));
}

std::vector<float> silence(double seconds) {
  return std::vector<float>(samples(seconds));
}

std::vector<float> tone(double seconds, double hz, double amplitude) {
  std::vector<float> out(samples(seconds));
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<float>(amplitude *
                                std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / core::sample_rate_hz));
  return out;
}

std::vector<float> pulse_train(double seconds, double hz) {
  std::vector<float> out(samples(seconds));
  float state = 0;
  double phase = 0;
  for (float& sample : out) {
    phase += hz / core::sample_rate_hz;
    const bool pulse = phase >= 1;
    if (pulse) phase -= 1;
    state = 0.9F * state + (pulse ? 0.5F : 0.0F);
    sample = state;
  }
  return out;
}

std::vector<float> noise(double seconds, double rms) {
  std::minstd_rand random(7);
  std::vector<float> out(samples(seconds));
  const double scale = rms * std::sqrt(12.0) / static_cast<double>(std::minstd_rand::max());
  for (float& sample : out)
    sample = static_cast<float>(scale * (static_cast<double>(random()) - 0.5 * std::minstd_rand::max()));
  return out;
}

std::vector<float> operator+(std::vector<float> a, const std::vector<float>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) a[i] += b[i];
  return a;
}

std::vector<float> joined(std::span<const std::vector<float>> parts) {
  std::vector<float> out;
  for (const auto& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

std::vector<float> low_passed_noise(double seconds, double hz) {
  constexpr int reach = 240;
  std::vector<double> taps;
  for (int i = -reach; i <= reach; ++i) {
    const double x = 2 * hz / core::sample_rate_hz;
    const double sinc = i == 0 ? x : std::sin(std::numbers::pi * x * i) / (std::numbers::pi * i);
    taps.push_back(sinc * (0.42 + 0.5 * std::cos(std::numbers::pi * i / reach) +
                           0.08 * std::cos(2 * std::numbers::pi * i / reach)));
  }
  const auto white = noise(seconds, 0.2);
  std::vector<float> out(white.size());
  for (std::size_t i = 0; i + taps.size() < white.size(); ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < taps.size(); ++k) sum += taps[k] * static_cast<double>(white[i + k]);
    out[i] = static_cast<float>(sum);
  }
  return out;
}

std::vector<float> decode(const fs::path& file, double seconds) {
  const std::string format = file.extension() == ".g722" ? "-f g722 " : "";
  const std::string command = "ffmpeg -v error " + format + "-t " + std::to_string(seconds) + " -i '" + file.string() +
                              "' -af highpass=f=60 -ac 1 -ar 48000 -f f32le -";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::vector<float> out;
  std::array<float, 16'384> buffer{};
  while (pipe != nullptr) {
    const std::size_t got = std::fread(buffer.data(), sizeof(float), buffer.size(), pipe.get());
    if (got == 0) break;
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return out;
}

std::vector<fs::path> spanish_prompts() {
  auto files = files_in("/usr/share/asterisk/sounds/es_MX_f_Allison", ".g722");
  std::erase_if(files, [](const fs::path& file) {
    const auto name = file.filename().string();
    const bool effect = name.starts_with("tt-monkeys") || name.starts_with("beep") || name.find("tone") < name.size();
    return effect || fs::file_size(file) < 5 * 8'000;
  });
  return files;
}

std::vector<fs::path> music_files() {
  auto files = files_in("/usr/share/games/wesnoth/1.16/data/core/music", ".ogg");
  std::erase_if(files, [](const fs::path& file) { return file.filename() == "silence.ogg"; });
  return files;
}

}  // namespace chasqui::audio::testing
