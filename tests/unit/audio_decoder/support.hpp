#pragma once

#include "audio/decoder.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::audio::test {

using Bytes = std::vector<std::uint8_t>;

/// What a whole decode gave, or its error.
struct Outcome {
  std::vector<float> samples;
  MediaInfo info;
  DecodeStats stats;
  std::optional<Error> error;

  [[nodiscard]] double seconds() const { return static_cast<double>(samples.size()) / 48'000; }
};

Outcome decode(const std::filesystem::path& path, DecoderOptions options = {});

/// 48 kHz mono: a tone gliding from 300 to 1500 Hz, over and over in `seconds`, that every codec keeps.
std::vector<float> glide(double seconds);

/// The greatest normalised correlation of `sound` with `source`, over lags of +-100 ms.
double likeness(std::span<const float> sound, std::span<const float> source);

/// Pseudo-random, the same on every machine.
Bytes noise_bytes(std::size_t count, std::uint32_t seed);

/// A RIFF/WAVE file; `declared_bytes` of sound if not those it has. Format 1 is integer, 3 float.
Bytes wav(int format, int bits, int channels, int rate_hz, std::span<const std::uint8_t> sound,
          std::optional<std::uint32_t> declared_bytes = {});
Bytes wav_of(std::span<const float> mono, int rate_hz = 48'000);

/// Each test has a folder of its own that goes with it.
class MediaTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file(std::string_view name) const { return folder_ / name; }
  std::filesystem::path write(std::string_view name, std::span<const std::uint8_t> bytes) const;
  [[nodiscard]] Bytes read(const std::filesystem::path& path) const;
  /// Runs ffmpeg in the folder.
  void ffmpeg(const std::string& arguments) const;
  /// The glide in a file that ffmpeg made with `arguments`.
  [[nodiscard]] std::filesystem::path make(std::string_view name, double seconds,
                                           const std::string& arguments = "") const;

  chasqui::test::TemporaryFolder temporary_;
  std::filesystem::path folder_ = temporary_.path();
};

}  // namespace chasqui::audio::test
