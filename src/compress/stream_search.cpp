#include "compress/stream_search.hpp"

#include "compress/final_check.hpp"
#include "compress/segment_encoder.hpp"
#include "core/pcm.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <set>
#include <utility>

namespace chasqui::compress {
namespace {

using opus::Onset;
using Windows = std::vector<quality::WindowScore>;

constexpr int most_raises = 4;
// One in so many parts is quicker heard alone, on one core, than with all the others on several.
constexpr std::int64_t few = 8;

Windows hear_all(const audio::ConditionedEpisode& episode, const Judge& judge, core::ThreadPool& pool,
                 std::span<const Found> found, const std::stop_token& stop) {
  FinalCheck check(episode, judge, pool, stop);
  for (const Found& one : found) check.hear(one.best.packets);
  return check.finish();
}

std::int64_t to_samples(double seconds) {
  return std::llround(seconds * core::sample_rate_hz);
}

/// The parts of FinalCheck with windows that changes of segments can change.
std::set<std::int64_t> parts_under(std::span<const char> changed, std::span<const audio::Segment> segments) {
  constexpr std::int64_t window = FinalCheck::overlap_samples + core::sample_rate_hz;
  constexpr std::int64_t settling = core::sample_rate_hz;  // of the decoder, after them
  std::set<std::int64_t> parts;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (changed[i] == 0) continue;
    const auto last = std::min(segments[i].end + settling, segments.back().end - 1) / FinalCheck::part_samples;
    for (auto part = std::max(segments[i].begin - window, std::int64_t{0}) / FinalCheck::part_samples; part <= last;
         ++part)
      parts.insert(part);
  }
  return parts;
}

/// Hears these parts alone. What a decoder made of packets long before hardly matters, but it does.
void hear_again(const std::set<std::int64_t>& parts, const audio::ConditionedEpisode& episode, const Judge& judge,
                core::ThreadPool& pool, std::span<const Found> found, const std::stop_token& stop, Windows& windows) {
  constexpr std::int64_t settling = std::int64_t{5} * core::sample_rate_hz;
  const auto& segments = episode.segments();
  for (const std::int64_t part : parts) {
    const std::int64_t from = part * FinalCheck::part_samples, end = from + FinalCheck::part_samples;
    auto i = static_cast<std::size_t>(
        std::ranges::upper_bound(segments, std::max(from - settling, std::int64_t{0}), {}, &audio::Segment::begin) -
        segments.begin() - 1);
    FinalCheck check(episode, judge, pool, stop, from, segments[i].begin);
    for (; i < segments.size() && segments[i].begin < end + FinalCheck::overlap_samples + settling; ++i)
      check.hear(found[i].best.packets);
    const auto here = [&](const quality::WindowScore& window) {
      return to_samples(window.begin_s) >= from && to_samples(window.begin_s) < end;
    };
    std::erase_if(windows, here);
    std::ranges::copy_if(check.finish(), std::back_inserter(windows), here);
  }
  std::ranges::sort(windows, {}, &quality::WindowScore::begin_s);
}

/// Gives every segment the windows over it, in its own time.
void hand_out(const Windows& windows, std::span<const audio::Segment> segments, std::span<Found> found) {
  for (Found& one : found) one.best.windows.clear();
  std::size_t first = 0;
  for (const auto& window : windows) {
    while (first + 1 < segments.size() && segments[first].end <= to_samples(window.begin_s)) ++first;
    for (std::size_t i = first; i < segments.size() && segments[i].begin < to_samples(window.end_s); ++i) {
      const double begin_s = static_cast<double>(segments[i].begin) / core::sample_rate_hz;
      auto& moved = found[i].best.windows.emplace_back(window);
      moved.begin_s -= begin_s;
      moved.end_s -= begin_s;
    }
  }
}

void say_what_became(std::span<Found> found) {
  for (Found& one : found) {
    const auto mos = quality::summarise_mos(one.best.windows);
    one.worst_mos = mos.worst;
    one.reached = mos.count == 0 || mos.worst >= one.goal.mos;
  }
}

/// How a segment begins follows from the one before it.
Onset onset_of(std::span<const Found> found, std::size_t index) {
  const auto& settings = found[index].best.settings;
  if (index > 0) return onset_after(found[index - 1].best.settings, settings);
  return settings.mode == opus::Mode::silk ? Onset::continuing : Onset::fresh;
}

}  // namespace

StreamSearch::StreamSearch(const audio::ConditionedEpisode& episode, const Judge& judge,
                           const opus::WarmEncoders& encoders, core::ThreadPool& pool, std::stop_token stop)
    : episode_(episode), judge_(judge), encoders_(encoders), pool_(pool), stop_(std::move(stop)) {}

void StreamSearch::run(int passes, const Progress& progress, std::span<Found> found) {
  for (int pass = 0;; ++pass) {
    const bool heard_all = hear(found);
    hand_out(windows_, episode_.segments(), found);
    if (pass == 0) {
      const auto floor = intelligibility_floor(found);
      for (Found& one : found) one.goal.estoi = floor;
    }
    if (!encode_again(pass, passes, progress, found) && heard_all) break;
  }
  say_what_became(found);
}

/// Whether that was all of it.
bool StreamSearch::hear(std::span<const Found> found) {
  std::set<std::int64_t> parts;
  if (!windows_.empty()) parts = parts_under(changed(found), episode_.segments());
  const bool all = parts.empty() || few * std::ssize(parts) * FinalCheck::part_samples > episode_.length();
  if (all)
    windows_ = hear_all(episode_, judge_, pool_, found, stop_);
  else
    hear_again(parts, episode_, judge_, pool_, found, stop_, windows_);
  heard_.clear();
  for (const Found& one : found) heard_.push_back(encoded(one));
  return all;
}

StreamSearch::Encoded StreamSearch::encoded(const Found& one) {
  return {one.best.settings, one.onset, one.best.kbps};
}

std::vector<char> StreamSearch::changed(std::span<const Found> found) const {
  std::vector<char> changed(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) changed[i] = heard_[i] == encoded(found[i]) ? 0 : 1;
  return changed;
}

/// What lacks something, or has it to spare, or does not begin as the one before it asks for; false: nothing.
bool StreamSearch::encode_again(int pass, int passes, const Progress& progress, std::span<Found> found) const {
  const int raises = pass - passes + 1;  // 1 for the first pass that only raises
  core::OrderedTasks<void> tasks(pool_, 2 * std::size_t{pool_.size()});
  bool any = false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    Found& one = found[i];
    const Onset onset = onset_of(found, i);
    auto kbps = raises <= 0             ? answer(one.best.kbps, need_of(one), lack_of(one), one.range)
                : raises <= most_raises ? raise(one.best.kbps, lack_of(one), raises, one.range)
                                        : one.best.kbps;
    if (kbps == one.best.kbps && onset == one.onset) continue;
    any = true;
    if (tasks.full()) tasks.take();
    tasks.submit([this, &one, i, onset, kbps = std::move(kbps)] {
      SegmentProber(episode_, i, judge_, encoders_, stop_).encode_again(one.best, onset, kbps);
      one.onset = onset;
      ++one.probes;
    });
    if (pass == 0 && progress) progress(static_cast<double>(i) / static_cast<double>(found.size()));
  }
  while (!tasks.empty()) tasks.take();
  return any;
}

}  // namespace chasqui::compress
