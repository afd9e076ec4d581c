#include "compress/source_excerpts.hpp"

#include "audio/spool.hpp"
#include "dsp/resampler.hpp"
#include "quality/window_scores.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chasqui::compress {
namespace {

constexpr std::size_t most_excerpts = 120;

}  // namespace

void SourceExcerpts::hear(std::span<const float> mono) {
  while (!mono.empty()) {
    const std::int64_t left = next_begin() - position_;  // before the next one begins
    const std::int64_t wanted = left > 0 ? left : excerpt_samples - std::ssize(sound_);
    const auto here = mono.first(static_cast<std::size_t>(std::min(std::ssize(mono), wanted)));
    if (left <= 0) sound_.insert(sound_.end(), here.begin(), here.end());
    position_ += std::ssize(here);
    mono = mono.subspan(here.size());
    if (std::ssize(sound_) == excerpt_samples) keep_sound();
  }
}

void SourceExcerpts::keep_sound() {
  auto& excerpt = excerpts_.emplace_back(next_begin());
  const auto resampled = dsp::resample(std::exchange(sound_, {}), core::sample_rate_hz, quality::scoring_rate_hz);
  excerpt.sound.reserve(resampled.size());
  std::ranges::transform(resampled, std::back_inserter(excerpt.sound), audio::to_int16);
  if (excerpts_.size() < most_excerpts) return;
  for (std::size_t i = 1; i < most_excerpts / 2; ++i) excerpts_[i] = std::move(excerpts_[2 * i]);
  excerpts_.resize(most_excerpts / 2);
  spacing_ *= 2;
}

std::vector<SourceExcerpts::Excerpt> SourceExcerpts::finish() {
  if (std::ssize(sound_) >= window_samples) keep_sound();
  return std::move(excerpts_);
}

}  // namespace chasqui::compress
