#include "compress/quality_encoder.hpp"

#include "core/pcm.hpp"
#include "dsp/resampler.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace chasqui::compress {
namespace {

using opus::Bandwidth;

/// The range in which a bandwidth is worth searching, and where to begin.
struct Range {
  double lowest_kbps, start_kbps, highest_kbps;
};

Range range_of(Bandwidth bandwidth) noexcept {
  if (bandwidth == Bandwidth::narrow) return {5, 8, 16};
  return {5, 11, 40};
}

/// Searches segments in parallel.
class Searcher {
 public:
  Searcher(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool)
      : episode_(episode), options_(options), pool_(pool), judge_(make_judge(episode, {})) {}

  void search(std::span<const std::size_t> segments, Bandwidth bandwidth, const std::function<void(Found)>& take) {
    core::OrderedTasks<Found> tasks(pool_, 2 * std::size_t{pool_.size()});
    for (const std::size_t index : segments) {
      if (tasks.full()) take(tasks.take());
      tasks.submit([this, index, bandwidth] { return search_one(index, bandwidth); });
    }
    while (!tasks.empty()) take(tasks.take());
  }

 private:
  [[nodiscard]] Found search_one(std::size_t index, Bandwidth bandwidth) const {
    if (options_.stop.stop_requested()) throw Failure(Errc::cancelled, "stopped on request");
    const SegmentProber prober(episode_, index, judge_);
    opus::EncoderSettings settings;
    settings.bandwidth = bandwidth;
    settings.mode = opus::Mode::silk;
    const Range range = range_of(bandwidth);
    const SearchOptions search{.target_mos = options_.quality,
                               .start_kbps = range.start_kbps,
                               .lowest_kbps = range.lowest_kbps,
                               .highest_kbps = range.highest_kbps};
    return find_cheapest(prober, settings, opus::Onset::continuing, search);
  }

  const audio::ConditionedEpisode& episode_;
  const CompressOptions& options_;
  core::ThreadPool& pool_;
  Judge judge_;
};

std::vector<std::size_t> every(std::size_t step, std::size_t count) {
  std::vector<std::size_t> indices;
  for (std::size_t i = step / 2; i < count; i += step) indices.push_back(i);
  return indices;
}

Bandwidth choose_bandwidth(Searcher& searcher, std::size_t segments) {
  constexpr std::size_t sampled_segments = 8;
  const auto sample = every((segments + sampled_segments - 1) / sampled_segments, segments);
  std::pair<std::size_t, std::int64_t> least{segments, 0};
  Bandwidth best = Bandwidth::narrow;
  for (const Bandwidth bandwidth : {Bandwidth::narrow, Bandwidth::wide}) {
    std::pair<std::size_t, std::int64_t> cost{0, 0};  // segments that fail, bytes
    searcher.search(sample, bandwidth, [&](const Found& found) {
      cost.first += found.reached ? 0 : 1;
      cost.second += found.best.bytes;
    });
    if (bandwidth == Bandwidth::narrow || cost < least) {
      least = cost;
      best = bandwidth;
    }
  }
  return best;
}

}  // namespace

void encode_to_quality(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool,
                       const std::function<void(Found)>& take) {
  Searcher searcher(episode, options, pool);
  const std::size_t segments = episode.segments().size();
  const auto bandwidth = choose_bandwidth(searcher, segments);
  searcher.search(every(1, segments), bandwidth, take);
}

}  // namespace chasqui::compress
