#pragma once

#include "core/atomic_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace chasqui::audio {

/// A WAV file of mono 16-bit PCM at core::sample_rate_hz that appears when committed. Throws Failure as AtomicFile
/// does, and output_unwritable past the 4 GiB (12.4 h) that a WAV file can hold.
class WavWriter {
 public:
  explicit WavWriter(const std::filesystem::path& target);

  void write(std::span<const std::int16_t> samples);
  void commit();

 private:
  core::AtomicFile file_;
  std::filesystem::path target_;
  std::uint64_t samples_ = 0;
};

/// A whole file of mono 16-bit PCM, for short sounds.
std::vector<std::byte> wav_bytes(std::span<const std::int16_t> samples, int sample_rate_hz);

}  // namespace chasqui::audio
