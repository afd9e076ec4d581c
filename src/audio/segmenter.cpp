#include "audio/segmenter.hpp"

#include "audio/analysis.hpp"
#include "core/pcm.hpp"
#include "dsp/vector_math.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace chasqui::audio {
namespace {

constexpr std::size_t levels_per_s = 100;
constexpr std::size_t frames_per_grid = core::packet_grid / Segmenter::frame_samples;
static_assert(core::packet_grid % Segmenter::frame_samples == 0, "grid points must be frame boundaries");

constexpr auto shortest_frames = static_cast<std::size_t>(Segmenter::shortest_s * levels_per_s);
constexpr auto longest_frames = static_cast<std::size_t>(Segmenter::longest_s * levels_per_s);
// With this much known, any allowed cut leaves at least the shortest piece behind it.
constexpr std::size_t window_frames = shortest_frames + longest_frames;

constexpr float silence_db = -70.0F;      // below this a frame is a pause whatever surrounds it
constexpr float deepest_range_db = 50;    // digital silence must not pull the pause threshold under a room's noise
constexpr float shallowest_range_db = 6;  // less between floor and level: steady sound, no pauses
constexpr float penalty_per_s_short = 0.125F;
constexpr float pause_share = 0.3F;  // of the range above the floor still counts as pause

struct Levels {
  float active_db;     // mean energy
  float range_db;      // down to the floor, the 10th percentile
  float threshold_db;  // below it a frame is a pause
};

Levels measure(std::span<const float> levels_db) {
  double energy = 0;
  for (const float level : levels_db) energy += std::pow(10.0, 0.1 * static_cast<double>(level));
  const auto active = static_cast<float>(10 * std::log10(energy / static_cast<double>(levels_db.size())));
  std::vector<float> sorted(levels_db.begin(), levels_db.end());
  const auto tenth = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 10);
  std::nth_element(sorted.begin(), tenth, sorted.end());
  const float range = std::clamp(active - *tenth, 0.0F, deepest_range_db);
  const float relative = active - range * (1 - pause_share);
  return {active, std::max(range, shallowest_range_db),
          range < shallowest_range_db ? silence_db : std::max(relative, silence_db)};
}

struct Candidate {
  std::size_t frames;  // of the piece that would end here
  bool pause;
  float score;
};

float length_penalty(std::size_t frames, const PieceLength& wanted) {
  const auto seconds = static_cast<float>(frames) / levels_per_s;
  if (seconds < wanted.preferred_from_s) return penalty_per_s_short * (wanted.preferred_from_s - seconds);
  if (seconds > wanted.preferred_to_s) return wanted.penalty_per_s_beyond * (seconds - wanted.preferred_to_s);
  return 0;
}

Candidate judge(std::span<const float> levels_db, const Levels& levels, const PieceLength& wanted, std::size_t at) {
  float around = 0;
  for (std::size_t i = at - 3; i < at + 3; ++i) around += levels_db[i] / 6;
  const float weakness = std::clamp((levels.active_db - around) / levels.range_db, 0.0F, 1.0F);

  std::size_t from = at;
  std::size_t to = at;
  while (from > 0 && levels_db[from - 1] < levels.threshold_db) --from;
  while (to < levels_db.size() && levels_db[to] < levels.threshold_db) ++to;
  const std::size_t margin = std::min(at - from, to - at);
  float score = 0.6F * weakness - length_penalty(at, wanted);
  if (margin > 0) {
    const auto pause_s = static_cast<float>(to - from) / levels_per_s;
    score += pause_s / (pause_s + 0.3F) + 0.15F * static_cast<float>(std::min<std::size_t>(margin, 6)) / 6;
  }
  return {at, margin > 0, score};
}

/// The best end for a piece that begins with `levels_db`, leaving at least the shortest piece behind.
std::optional<Candidate> best_cut(std::span<const float> levels_db, const PieceLength& wanted) {
  if (levels_db.size() < 2 * shortest_frames) return std::nullopt;
  const Levels levels = measure(levels_db);
  const std::size_t last = std::min(longest_frames, levels_db.size() - shortest_frames);
  const std::size_t first = (shortest_frames + frames_per_grid - 1) / frames_per_grid * frames_per_grid;
  std::optional<Candidate> best;
  for (std::size_t at = first; at <= last; at += frames_per_grid) {
    const Candidate candidate = judge(levels_db, levels, wanted, at);
    if (!best || candidate.score >= best->score) best = candidate;
  }
  return best;
}

float level_db(std::span<const float> frame) {
  double energy = dsp::dot(frame.data(), frame.data(), frame.size());
  if (!std::isfinite(energy)) {
    energy = 0;
    for (const float sample : frame)
      if (std::isfinite(sample)) energy += static_cast<double>(sample) * static_cast<double>(sample);
  }
  return static_cast<float>(std::max(-100.0, 10 * std::log10(energy / static_cast<double>(frame.size()) + 1e-20)));
}

}  // namespace

void Segmenter::push(std::span<const float> mono) {
  length_ += static_cast<std::int64_t>(mono.size());
  while (!mono.empty()) {
    // Whole frames are measured in place, so that their sums do not depend on the sizes of the pushes.
    std::span<const float> frame = mono;
    if (frame_fill_ > 0 || mono.size() < frame_.size()) {
      const std::size_t count = std::min(mono.size(), frame_.size() - frame_fill_);
      std::copy_n(mono.begin(), count, frame_.begin() + static_cast<std::ptrdiff_t>(frame_fill_));
      mono = mono.subspan(count);
      frame_fill_ += count;
      if (frame_fill_ < frame_.size()) return;
      frame_fill_ = 0;
      frame = frame_;
    } else {
      mono = mono.subspan(frame_.size());
    }
    levels_db_.push_back(level_db(frame.first(frame_.size())));
    if (levels_db_.size() < window_frames) continue;
    if (const auto best = best_cut(levels_db_, wanted_)) cut(best->frames);
  }
}

void Segmenter::finish() {
  const auto preferred = static_cast<std::size_t>(wanted_.preferred_to_s * levels_per_s);
  while (levels_db_.size() > preferred) {
    const auto best = best_cut(levels_db_, wanted_);
    // A whole frame short of the longest piece may still have some samples beyond it.
    const bool must = length_ - begin_ > static_cast<std::int64_t>(longest_frames * frame_samples);
    if (!best || (!best->pause && !must)) break;
    cut(best->frames);
  }
  if (length_ > begin_) cuts_.push_back(length_);
  begin_ = length_;
}

std::vector<std::int64_t> Segmenter::take_cuts() {
  return std::exchange(cuts_, {});
}

void Segmenter::cut(std::size_t frames) {
  begin_ += static_cast<std::int64_t>(frames) * frame_samples;
  cuts_.push_back(begin_);
  levels_db_.erase(levels_db_.begin(), levels_db_.begin() + static_cast<std::ptrdiff_t>(frames));
}

}  // namespace chasqui::audio
