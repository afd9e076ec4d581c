#include "unit/audio_decoder/support.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numbers>

namespace chasqui::audio::test {

namespace fs = std::filesystem;

Outcome decode(const fs::path& path, DecoderOptions options) {
  Outcome outcome;
  auto decoder = Decoder::open(path, std::move(options));
  if (!decoder) {
    outcome.error = decoder.error();
    return outcome;
  }
  outcome.info = decoder->info();
  std::vector<float> piece(10'000);  // neither a multiple nor a divisor of the child's frames
  for (;;) {
    const auto count = decoder->read(piece);
    if (!count) outcome.error = count.error();
    if (!count || *count == 0) break;
    outcome.samples.insert(outcome.samples.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(*count));
  }
  outcome.stats = decoder->stats();
  return outcome;
}

std::vector<float> glide(double seconds) {
  std::vector<float> sound(static_cast<std::size_t>(seconds * 48'000));
  double phase = 0;
  for (std::size_t i = 0; i < sound.size(); ++i) {
    const double turn = static_cast<double>(i % 24'000) / 24'000;
    phase += 2 * std::numbers::pi * (300 + 1200 * turn) / 48'000;
    sound[i] = static_cast<float>(0.3 * std::sin(phase));
  }
  return sound;
}

double likeness(std::span<const float> sound, std::span<const float> source) {
  constexpr std::size_t reach = 4'800;
  constexpr std::size_t window = 12'000;
  if (sound.size() < window + 2 * reach || source.size() < window + 2 * reach) return 0;
  const auto reference = source.subspan(reach, window);
  double best = 0;
  for (std::size_t lag = 0; lag < 2 * reach; ++lag) {
    double product = 0;
    double power = 0;
    double reference_power = 0;
    for (std::size_t i = 0; i < window; i += 3) {
      product += double{sound[lag + i]} * reference[i];
      power += double{sound[lag + i]} * sound[lag + i];
      reference_power += double{reference[i]} * reference[i];
    }
    best = std::max(best, product / std::sqrt(power * reference_power + 1e-20));
  }
  return best;
}

Bytes noise_bytes(std::size_t count, std::uint32_t seed) {
  Bytes bytes(count);
  for (auto& byte : bytes) {
    seed = seed * 1'664'525 + 1'013'904'223;
    byte = static_cast<std::uint8_t>(seed >> 24U);
  }
  return bytes;
}

Bytes wav(int format, int bits, int channels, int rate_hz, std::span<const std::uint8_t> sound,
          std::optional<std::uint32_t> declared_bytes) {
  Bytes bytes;
  const auto text = [&](std::string_view word) {
    for (const char letter : word) bytes.push_back(static_cast<std::uint8_t>(letter));
  };
  const auto number = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8U * static_cast<unsigned>(i))));
  };
  const auto block = static_cast<std::uint32_t>(channels * bits / 8);
  const std::uint32_t declared = declared_bytes.value_or(static_cast<std::uint32_t>(sound.size()));
  text("RIFF");
  number(declared + 36, 4);
  text("WAVEfmt ");
  number(16, 4);
  number(static_cast<std::uint32_t>(format), 2);
  number(static_cast<std::uint32_t>(channels), 2);
  number(static_cast<std::uint32_t>(rate_hz), 4);
  number(static_cast<std::uint32_t>(rate_hz) * block, 4);
  number(block, 2);
  number(static_cast<std::uint32_t>(bits), 2);
  text("data");
  number(declared, 4);
  bytes.insert(bytes.end(), sound.begin(), sound.end());
  return bytes;
}

Bytes wav_of(std::span<const float> mono, int rate_hz) {
  Bytes sound;
  for (const float sample : mono) {
    const auto value = static_cast<std::uint16_t>(std::lround(sample * 32'767));
    sound.push_back(static_cast<std::uint8_t>(value & 0xFFU));
    sound.push_back(static_cast<std::uint8_t>(value >> 8U));
  }
  return wav(1, 16, 1, rate_hz, sound);
}

fs::path MediaTest::write(std::string_view name, std::span<const std::uint8_t> bytes) const {
  std::ofstream out(file(name), std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return file(name);
}

Bytes MediaTest::read(const fs::path& path) const {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void MediaTest::ffmpeg(const std::string& arguments) const {
  const std::string command = "cd '" + folder_.string() + "' && ffmpeg -v error -nostdin -y -threads 1 " + arguments;
  ASSERT_EQ(std::system(command.c_str()), 0) << command;  // NOLINT(concurrency-mt-unsafe): tests have one thread here
}

fs::path MediaTest::make(std::string_view name, double seconds, const std::string& arguments) const {
  write("source.wav", wav_of(glide(seconds)));
  ffmpeg("-i source.wav " + arguments + " " + std::string(name));
  return file(name);
}

}  // namespace chasqui::audio::test
