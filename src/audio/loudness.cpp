#include "audio/loudness.hpp"

#include "core/pcm.hpp"

#include <ebur128.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <cmath>
#include <limits>

namespace chasqui::audio {
namespace {

constexpr double highest_gain_db = 50;
constexpr double highest_makeup_db = 6;
constexpr std::size_t block_samples = 2'400;  // 50 ms

void check(int status) {
  if (status != EBUR128_SUCCESS) throw Failure(Errc::internal, "libebur128: out of memory");
}

}  // namespace

struct LoudnessMeter::State {
  State() : ebur128(ebur128_init(1, core::sample_rate_hz, EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM)) {
    if (ebur128 == nullptr) throw Failure(Errc::internal, "libebur128: cannot create its state");
  }
  ~State() { ebur128_destroy(&ebur128); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ebur128_state* ebur128;
};

LoudnessMeter::LoudnessMeter() : state_(std::make_unique<State>()) {}
LoudnessMeter::~LoudnessMeter() = default;
LoudnessMeter::LoudnessMeter(LoudnessMeter&&) noexcept = default;
LoudnessMeter& LoudnessMeter::operator=(LoudnessMeter&&) noexcept = default;

void LoudnessMeter::push(std::span<const float> mono) {
  check(ebur128_add_frames_float(state_->ebur128, mono.data(), mono.size()));
}

void LoudnessMeter::push(std::span<const std::int16_t> mono) {
  check(ebur128_add_frames_short(state_->ebur128, mono.data(), mono.size()));
}

double LoudnessMeter::integrated_lufs() const {
  double lufs = 0;
  check(ebur128_loudness_global(state_->ebur128, &lufs));
  return std::isfinite(lufs) ? lufs : -std::numeric_limits<double>::infinity();
}

void PeakHistogram::push(std::span<const float> mono) {
  while (!mono.empty()) {
    const std::size_t count = std::min(mono.size(), block_samples - block_fill_);
    for (const float sample : mono.first(count)) {
      block_energy_ += static_cast<double>(sample * sample);
      block_peak_ = std::max(block_peak_, std::abs(sample));
    }
    mono = mono.subspan(count);
    block_fill_ += count;
    if (block_fill_ < block_samples) return;
    const double peak_db = 20 * std::log10(static_cast<double>(block_peak_) + 1e-9);
    const auto bin = static_cast<std::ptrdiff_t>((peak_db - lowest_db) * bins_per_db);
    energy_[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(bin, 0, std::ssize(energy_) - 1))] += block_energy_;
    block_energy_ = 0;
    block_peak_ = 0;
    block_fill_ = 0;
  }
}

double PeakHistogram::limiter_loss_lu(double gain_db, double ceiling_db) const noexcept {
  double before = 0;
  double after = 0;
  for (std::size_t i = 0; i < energy_.size(); ++i) {
    const double peak_db = lowest_db + (static_cast<double>(i) + 0.5) / bins_per_db;
    const double reduction_db = std::max(0.0, peak_db + gain_db - ceiling_db);
    before += energy_[i];
    after += energy_[i] * std::pow(10, -reduction_db / 10);
  }
  return before > 0 ? 10 * std::log10(before / after) : 0;
}

double loudness_gain_db(double input_lufs, double target_lufs, double ceiling_dbtp, const PeakHistogram& peaks) {
  if (!(input_lufs >= -70)) return 0;
  const double plain_db = target_lufs - input_lufs;
  double gain_db = plain_db;
  for (int round = 0; round < 8; ++round)
    gain_db = plain_db + std::min(peaks.limiter_loss_lu(gain_db, ceiling_dbtp), highest_makeup_db);
  return std::min(gain_db, highest_gain_db);
}

}  // namespace chasqui::audio
