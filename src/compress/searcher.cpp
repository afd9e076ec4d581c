#include "compress/searcher.hpp"

#include "compress/warm_up.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace chasqui::compress {
namespace {

using opus::Bandwidth;
using opus::Mode;
using opus::Onset;

// A guess of CELT's bitrate up to this times SILK's is worth a try.
constexpr double may_be_cheaper = 1.1;

Range range_of(Bandwidth bandwidth) noexcept {
  if (bandwidth == Bandwidth::narrow) return {5, 16};
  if (bandwidth == Bandwidth::medium) return {5, 24};
  return {5, 40};
}

Found probe_as(const SegmentProber& prober, Bandwidth bandwidth, Mode mode, const Guess& guess, double quality) {
  Found found;
  found.onset = mode == Mode::silk ? Onset::continuing : Onset::fresh;
  found.goal.mos = quality;
  found.range = range_of(bandwidth);
  found.mos_per_octave = guess.mos_per_octave;
  const auto kbps = static_cast<float>(std::clamp(guess.kbps, found.range.lowest_kbps, found.range.highest_kbps));
  found.best = prober.probe({.bandwidth = bandwidth, .mode = mode}, found.onset, std::vector(prober.parts(), kbps));
  found.probes = 1;
  return found;
}

/// The one that is expected to be cheaper, counting what cannot be reached first.
Found better(Found one, Found other) {
  const auto cost = [](const Found& found) {
    const Need need = need_of(found);
    return std::pair(out_of_reach(found.best.kbps, need, found.range), bytes_at_goal(found.best, need));
  };
  const int probes = one.probes + other.probes;
  Found& chosen = cost(other) < cost(one) ? other : one;
  chosen.probes = probes;
  return std::move(chosen);
}

}  // namespace

Searcher::Searcher(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool)
    : episode_(episode),
      options_(options),
      pool_(pool),
      judge_(make_judge(episode, listener_of(options), options.stop)),
      encoders_(warm_up_of(episode)) {}

void Searcher::probe_first(std::span<const std::size_t> segments, Bandwidth bandwidth, const Guesses& guess,
                           const Taker& take) const {
  core::OrderedTasks<Found> tasks(pool_, segments_under_way);
  auto next = segments.begin();
  for (const std::size_t index : segments) {
    if (tasks.full()) take(*next++, tasks.take());
    const Guess silk = guess(index, bandwidth, Mode::silk);
    std::optional<Guess> celt;
    if (bandwidth == Bandwidth::wide && episode_.segments()[index].kind != audio::SegmentClass::speech) {
      celt = guess(index, bandwidth, Mode::celt);
      if (celt->kbps > may_be_cheaper * silk.kbps) celt.reset();
    }
    tasks.submit([this, index, bandwidth, silk, celt] {
      const SegmentProber prober(episode_, index, judge_, encoders_, options_.stop);
      Found found = probe_as(prober, bandwidth, Mode::silk, silk, options_.quality);
      if (!celt) return found;
      return better(std::move(found), probe_as(prober, bandwidth, Mode::celt, *celt, options_.quality));
    });
  }
  while (!tasks.empty()) take(*next++, tasks.take());
}

}  // namespace chasqui::compress
