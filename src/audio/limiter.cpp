#include "audio/limiter.hpp"

#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::audio {
namespace {

constexpr double release_s = 0.08;
constexpr float released = 0.99999F;

float linear(double db) noexcept {
  return static_cast<float>(std::pow(10, db / 20));
}

}  // namespace

Limiter::Limiter(double gain_db, double ceiling_dbtp)
    : gain_(linear(gain_db)),
      ceiling_(linear(ceiling_dbtp - margin_db)),
      release_(
          static_cast<float>(1 - std::exp(-static_cast<double>(chunk_samples) / core::sample_rate_hz / release_s))) {
  for (Ring* values : {&needed_, &envelope_, &smooth_, &applied_}) values->fill(1.0F);
}

void Limiter::push(std::span<const float> mono, std::vector<float>& out) {
  while (!mono.empty()) {
    const std::size_t count = std::min(mono.size(), chunk_samples - fill_);
    float* chunk = &window_[TruePeak::history_samples + fill_];
    for (std::size_t i = 0; i < count; ++i) chunk[i] = mono[i] * gain_;
    mono = mono.subspan(count);
    fill_ += count;
    if (fill_ == chunk_samples) analyse(out);
  }
}

void Limiter::finish(std::vector<float>& out) {
  const std::size_t pending = fill_ + std::min(delay_chunks, chunks_ - ring) * chunk_samples;
  const std::size_t end = out.size() + pending;
  const std::array<float, chunk_samples> silence{};
  while (out.size() < end) push(silence, out);
  out.resize(end);
}

void Limiter::analyse(std::vector<float>& out) {
  std::copy_n(&window_[TruePeak::history_samples], chunk_samples, &samples_[chunks_ % ring * chunk_samples]);
  const float peak = detector_.of_blocks(window_, ceiling_);
  needed_[chunks_ % ring] = peak > ceiling_ ? ceiling_ / peak : 1.0F;
  std::copy(window_.end() - TruePeak::history_samples, window_.end(), window_.begin());
  fill_ = 0;

  // Chunk `known`: what it and its surroundings need is now complete. One chunk back and two ahead cover the detector's
  // delay, the spread of its filter and the slope to the next chunk's gain.
  const std::size_t known = chunks_ - reach - 2;
  float lowest = 1;
  for (std::size_t k = known - 1; k <= chunks_; ++k) lowest = std::min(lowest, needed_[k % ring]);
  const float before = envelope_[(known - 1) % ring];
  float envelope = std::min(lowest, before + (1 - before) * release_);
  if (envelope > released) envelope = lowest;
  envelope_[known % ring] = envelope;
  smooth_[known % ring] = mean(envelope_, known);
  applied_[known % ring] = mean(smooth_, known);

  ++chunks_;
  if (chunks_ > ring + delay_chunks) depart(known - 1, out);
}

void Limiter::depart(std::size_t chunk, std::vector<float>& out) const {
  const float* samples = &samples_[chunk % ring * chunk_samples];
  const float from = applied_[chunk % ring];
  const float to = applied_[(chunk + 1) % ring];
  if (from == 1.0F && to == 1.0F) {
    out.insert(out.end(), samples, samples + chunk_samples);
    return;
  }
  const float step = (to - from) / static_cast<float>(chunk_samples);
  for (std::size_t i = 0; i < chunk_samples; ++i) out.push_back(samples[i] * (from + step * static_cast<float>(i)));
}

float Limiter::mean(const Ring& values, std::size_t last) noexcept {
  float sum = 0;
  for (std::size_t i = 0; i < box; ++i) sum += values[(last - i) % ring];
  return sum / static_cast<float>(box);
}

}  // namespace chasqui::audio
