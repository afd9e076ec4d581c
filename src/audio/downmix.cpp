#include "audio/downmix.hpp"

#include <algorithm>
#include <cmath>

namespace chasqui::audio {
namespace {

constexpr double smoothing = 0.18;      // per block of 20 ms: 100 ms
constexpr double silent_power = 1e-10;  // -100 dBFS: below, nothing is learnt from a block
constexpr double cancels_below = 0.3;
constexpr double survives_above = 0.6;
constexpr double absent_ratio = 1e-4;      // -40 dB
constexpr double present_ratio = 4e-4;     // -34 dB
constexpr int one_sided_hold_blocks = 50;  // 1 s

float finite(float sample) noexcept {
  return std::isfinite(sample) ? sample : 0.0F;
}

struct Energies {
  double left = 0;
  double right = 0;
  double cross = 0;
};

/// In four independent lanes, which the compiler may vectorize.
Energies measure(std::span<const float> frames) noexcept {
  constexpr std::size_t lanes = 4;
  std::array<Energies, lanes> sums{};
  const std::size_t count = frames.size() / 2;
  const auto add = [frames](Energies& sum, std::size_t i) {
    const double l = frames[2 * i];
    const double r = frames[2 * i + 1];
    sum.left += l * l;
    sum.right += r * r;
    sum.cross += l * r;
  };
  std::size_t i = 0;
  for (; i + lanes <= count; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) add(sums[lane], i + lane);
  for (; i < count; ++i) add(sums[0], i);
  for (std::size_t lane = 1; lane < lanes; ++lane) {
    sums[0].left += sums[lane].left;
    sums[0].right += sums[lane].right;
    sums[0].cross += sums[lane].cross;
  }
  return sums[0];
}

/// Fades over the block from one pair of weights to another.
void mix(std::span<const float> frames, std::array<float, 2> from, std::array<float, 2> to,
         std::span<float> mono) noexcept {
  if (from == to) {
    for (std::size_t i = 0; i < mono.size(); ++i) mono[i] = to[0] * frames[2 * i] + to[1] * frames[2 * i + 1];
    return;
  }
  const float step = 1.0F / static_cast<float>(mono.size());
  for (std::size_t i = 0; i < mono.size(); ++i) {
    const float fade = static_cast<float>(i + 1) * step;
    const float l = from[0] + (to[0] - from[0]) * fade;
    const float r = from[1] + (to[1] - from[1]) * fade;
    mono[i] = l * frames[2 * i] + r * frames[2 * i + 1];
  }
}

}  // namespace

void Downmix::push(std::span<const float> interleaved, std::vector<float>& mono) {
  if (channels_ == 1) {
    std::ranges::transform(interleaved, std::back_inserter(mono), finite);
    return;
  }
  const std::size_t block = block_frames_ * 2;
  if (!held_.empty()) {
    const std::size_t count = std::min(block - held_.size(), interleaved.size());
    held_.insert(held_.end(), interleaved.begin(), interleaved.begin() + static_cast<std::ptrdiff_t>(count));
    interleaved = interleaved.subspan(count);
    if (held_.size() < block) return;
    mix_block(held_, mono);
    held_.clear();
  }
  for (; interleaved.size() >= block; interleaved = interleaved.subspan(block))
    mix_block(interleaved.first(block), mono);
  held_.assign(interleaved.begin(), interleaved.end());
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
  Energies energies = measure(frames);
  std::vector<float> tamed;
  if (!std::isfinite(energies.left + energies.right)) {
    std::ranges::transform(frames, std::back_inserter(tamed), finite);
    frames = tamed;
    energies = measure(frames);
  }
  const auto [left, right, cross] = energies;
  const std::size_t count = frames.size() / 2;
  const bool first_sound = !started_;
  const Mix next = left + right > silent_power * static_cast<double>(count) ? choose(left, right, cross) : mix_;
  const auto to = weights(next);
  const auto from = first_sound ? to : weights(mix_);
  mono.resize(mono.size() + count);
  mix(frames, from, to, std::span(mono).last(count));
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
