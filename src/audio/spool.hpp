#pragma once

#include "core/unique_fd.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace chasqui::audio {

/// Mono PCM in a temporary file without a name, two bytes a sample. First floats are appended, kept as 16 bits under a
/// scale of their own for each block of 1.4 s, so that quiet sound loses nothing (98 dB below the block's peak); then
/// they are read back block by block and the final 16-bit samples overwrite them in place. Or finals come at once.
/// Memory: 4 bytes a block. Throws Failure (disk_full naming the folder, internal for what a disk should not do).
class Spool {
 public:
  static constexpr std::size_t block_samples = 65'536;

  /// `folder` empty: TMPDIR or /var/tmp.
  explicit Spool(std::filesystem::path folder);

  void append(std::span<const float> mono);
  /// After the last append.
  void flush();

  [[nodiscard]] std::int64_t length() const noexcept { return length_; }
  [[nodiscard]] std::size_t blocks() const noexcept { return scales_.size(); }
  /// The floats of a block (the last may be shorter); valid until finals are written over it.
  void read_block(std::size_t block, std::vector<float>& mono) const;

  /// Samples are rounded without dither: the rounding lies 75 dB under speech at -16 LUFS and no low-rate codec keeps
  /// it.
  void write_final(std::int64_t begin, std::span<const std::int16_t> mono);
  /// Final samples, all of them written before. From any thread, also while others are written.
  void read_written(std::int64_t begin, std::span<std::int16_t> out) const;
  /// Samples outside [0, length()) read as zeros. From any thread, once all is written.
  void read_final(std::int64_t begin, std::span<std::int16_t> out) const;

 private:
  void write(std::int64_t begin, std::span<const std::int16_t> samples) const;
  void write_block();
  [[noreturn]] void fail(const char* doing, int error) const;

  std::filesystem::path folder_;
  core::UniqueFd fd_;
  std::vector<float> open_;              // the block being filled
  std::vector<std::int16_t> quantised_;  // scratch
  std::vector<float> scales_;            // of each block: full scale of its 16-bit values
  std::int64_t length_ = 0;
};

/// The nearest 16-bit value; 1 becomes 32768, what lies beyond is clipped. Inline and without a call, so that loops
/// over it become vector code.
inline std::int16_t to_int16(float sample) noexcept {
  const float value = std::clamp(sample * 32'768.0F, -32'768.0F, 32'767.0F);
  return static_cast<std::int16_t>(static_cast<int>(value + 32'768.5F) - 32'768);
}

}  // namespace chasqui::audio
