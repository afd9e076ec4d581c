#include "audio/pause_trimmer.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace chasqui::audio {
namespace {

constexpr std::size_t frame_samples = 480;
constexpr std::size_t fade_samples = 960;
// Head and tail overlap by the fade.
constexpr std::size_t side_samples = (PauseTrimmer::kept_samples + fade_samples) / 2;

double level_db(std::span<const float> frame) noexcept {
  float energy = 0;
  for (const float sample : frame) energy += sample * sample;
  return 10 * std::log10(static_cast<double>(energy) / static_cast<double>(frame.size()) + 1e-20);
}

}  // namespace

void TimeMap::remove(std::int64_t begin, std::int64_t end) {
  cuts_.push_back({begin, end, removed_});
  removed_ += end - begin;
}

std::int64_t TimeMap::to_output(std::int64_t input) const noexcept {
  const auto after = std::ranges::upper_bound(cuts_, input, {}, &Cut::begin);
  if (after == cuts_.begin()) return input;
  const Cut& cut = *std::prev(after);
  return std::max(input, cut.end) - cut.removed_before - (cut.end - cut.begin);
}

std::int64_t TimeMap::to_input(std::int64_t output) const noexcept {
  const auto after =
      std::ranges::upper_bound(cuts_, output, {}, [](const Cut& cut) { return cut.begin - cut.removed_before; });
  if (after == cuts_.begin()) return output;
  const Cut& cut = *std::prev(after);
  return output + cut.removed_before + (cut.end - cut.begin);
}

std::vector<Chapter> TimeMap::move(std::span<const Chapter> chapters, std::int64_t length) const {
  std::vector<Chapter> moved;
  for (const Chapter& chapter : chapters) {
    const std::int64_t begin = std::clamp<std::int64_t>(to_output(chapter.begin), 0, length);
    const std::int64_t end = std::clamp<std::int64_t>(to_output(chapter.end), 0, length);
    if (begin < end) moved.push_back({begin, end, chapter.title});
  }
  return moved;
}

void PauseTrimmer::push(std::span<const float> mono, double pause_below_db, std::vector<float>& out) {
  for (std::size_t at = 0; at < mono.size(); at += frame_samples) {
    const auto frame = mono.subspan(at, std::min(frame_samples, mono.size() - at));
    position_ += std::ssize(frame);
    if (level_db(frame) < pause_below_db) {
      hold(frame);
      continue;
    }
    position_ -= std::ssize(frame);
    release(out);
    position_ += std::ssize(frame);
    out.insert(out.end(), frame.begin(), frame.end());
  }
}

void PauseTrimmer::finish(std::vector<float>& out) {
  release(out);
}

void PauseTrimmer::hold(std::span<const float> frame) {
  const std::size_t room = std::min(side_samples - head_.size(), frame.size());
  head_.insert(head_.end(), frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(room));
  tail_.insert(tail_.end(), frame.begin() + static_cast<std::ptrdiff_t>(room), frame.end());
  if (head_.size() + tail_.size() <= longest_samples && dropped_ == 0) return;
  const std::size_t excess = tail_.size() - side_samples;
  tail_.erase(tail_.begin(), tail_.begin() + static_cast<std::ptrdiff_t>(excess));
  dropped_ += static_cast<std::int64_t>(excess);
}

void PauseTrimmer::release(std::vector<float>& out) {
  if (dropped_ == 0) {
    out.insert(out.end(), head_.begin(), head_.end());
    out.insert(out.end(), tail_.begin(), tail_.end());
  } else {
    const auto faded = static_cast<std::ptrdiff_t>(side_samples - fade_samples);
    out.insert(out.end(), head_.begin(), head_.begin() + faded);
    for (std::size_t i = 0; i < fade_samples; ++i) {
      const double angle = std::numbers::pi / 2 * (static_cast<double>(i) + 0.5) / fade_samples;
      out.push_back(static_cast<float>(std::cos(angle)) * head_[side_samples - fade_samples + i] +
                    static_cast<float>(std::sin(angle)) * tail_[i]);
    }
    out.insert(out.end(), tail_.begin() + fade_samples, tail_.end());
    const std::int64_t begin = position_ - std::ssize(tail_) - dropped_ - std::ssize(head_);
    const std::int64_t joint = begin + std::ssize(head_) - static_cast<std::int64_t>(fade_samples) / 2;
    map_.remove(joint, joint + dropped_ + static_cast<std::int64_t>(fade_samples));
  }
  head_.clear();
  tail_.clear();
  dropped_ = 0;
}

}  // namespace chasqui::audio
