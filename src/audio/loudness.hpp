#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace chasqui::audio {

/// Integrated loudness of mono PCM at core::sample_rate_hz after EBU R128 / ITU-R BS.1770-4, by libebur128 in histogram
/// mode: memory is flat.
class LoudnessMeter {
 public:
  LoudnessMeter();
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  LoudnessMeter& operator=(LoudnessMeter&&) noexcept;

  void push(std::span<const float> mono);
  void push(std::span<const std::int16_t> mono);
  /// -infinity when nothing was above the gate of -70 LUFS.
  [[nodiscard]] double integrated_lufs() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Energy by peak level, from which follows what a limiter will take from the loudness.
class PeakHistogram {
 public:
  /// Blocks of 50 ms; sample peaks.
  void push(std::span<const float> mono);
  /// LU that the limiter will take when the sound is raised by `gain_db` under `ceiling_db`; an estimate, >= 0.
  [[nodiscard]] double limiter_loss_lu(double gain_db, double ceiling_db) const noexcept;

 private:
  static constexpr int lowest_db = -80;
  static constexpr int bins_per_db = 4;
  std::array<double, 140 * bins_per_db> energy_{};
  double block_energy_ = 0;
  float block_peak_ = 0;
  std::size_t block_fill_ = 0;
};

/// The gain that brings `input_lufs` to `target_lufs` after the limiter: never above +50 dB, and at most 6 dB of it to
/// make up for the limiter. 0 for silence (`input_lufs` below -70 or -infinity).
double loudness_gain_db(double input_lufs, double target_lufs, double ceiling_dbtp, const PeakHistogram& peaks);

}  // namespace chasqui::audio
