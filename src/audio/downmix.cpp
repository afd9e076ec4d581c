#include "audio/downmix.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::audio {
namespace {

constexpr double smoothing = 0.18;             // per block of 20 ms: 100 ms
constexpr double silent_energy = 960 * 1e-10;  // -100 dBFS: below, nothing is learnt from a block
constexpr double cancels_below = 0.3;
constexpr double survives_above = 0.6;
constexpr double absent_ratio = 1e-4;      // -40 dB
constexpr double present_ratio = 4e-4;     // -34 dB
constexpr int one_sided_hold_blocks = 50;  // 1 s

float finite(float sample) noexcept {
  return std::isfinite(sample) ? sample : 0.0F;
}

}  // namespace

void Downmix::push(std::span<const float> interleaved, std::vector<float>& mono) {
  if (channels_ == 1) {
    std::ranges::transform(interleaved, std::back_inserter(mono), finite);
    return;
  }
  std::ranges::transform(interleaved, std::back_inserter(held_), finite);
  const std::size_t block = block_frames * 2;
  std::size_t done = 0;
  for (; held_.size() - done >= block; done += block) mix_block(std::span(held_).subspan(done, block), mono);
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
}

void Downmix::finish(std::vector<float>& mono) {
  if (!held_.empty()) mix_block(held_, mono);
  held_.clear();
}

std::array<float, 2> Downmix::weights(Mix mix) noexcept {
  switch (mix) {
    case Mix::difference:
      return {0.5F, -0.5F};
    case Mix::left:
      return {1.0F, 0.0F};
    case Mix::right:
      return {0.0F, 1.0F};
    case Mix::sum:
      break;
  }
  return {0.5F, 0.5F};
}

void Downmix::mix_block(std::span<const float> frames, std::vector<float>& mono) {
  const std::size_t count = frames.size() / 2;
  double left = 0;
  double right = 0;
  double cross = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double l = frames[2 * i];
    const double r = frames[2 * i + 1];
    left += l * l;
    right += r * r;
    cross += l * r;
  }
  const bool first_sound = !started_;
  const Mix next = left + right > silent_energy ? choose(left, right, cross) : mix_;
  const auto to = weights(next);
  const auto from = first_sound ? to : weights(mix_);
  const float step = 1.0F / static_cast<float>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const float fade = static_cast<float>(i + 1) * step;
    const float l = from[0] + (to[0] - from[0]) * fade;
    const float r = from[1] + (to[1] - from[1]) * fade;
    mono.push_back(l * frames[2 * i] + r * frames[2 * i + 1]);
  }
  mix_ = next;
  if (mix_ == Mix::difference) inverted_samples_ += static_cast<std::int64_t>(count);
}

Downmix::Mix Downmix::choose(double left, double right, double cross) {
  const bool at_start = !started_;
  const double weight = at_start ? 1.0 : smoothing;
  left_energy_ += weight * (left - left_energy_);
  right_energy_ += weight * (right - right_energy_);
  cross_energy_ += weight * (cross - cross_energy_);
  started_ = true;

  const Mix side = one_sided(left, right);
  one_sided_blocks_ = side == Mix::sum ? 0 : one_sided_blocks_ + 1;
  const bool was_one_sided = mix_ == Mix::left || mix_ == Mix::right;
  if (side != Mix::sum && (at_start || was_one_sided || one_sided_blocks_ >= one_sided_hold_blocks)) return side;

  const double kept = 1 + 2 * cross_energy_ / (left_energy_ + right_energy_);
  const double limit = mix_ == Mix::difference ? survives_above : cancels_below;
  return kept < limit ? Mix::difference : Mix::sum;
}

Downmix::Mix Downmix::one_sided(double left, double right) const noexcept {
  if (right < left * (mix_ == Mix::left ? present_ratio : absent_ratio)) return Mix::left;
  if (left < right * (mix_ == Mix::right ? present_ratio : absent_ratio)) return Mix::right;
  return Mix::sum;
}

}  // namespace chasqui::audio
