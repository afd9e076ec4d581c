#include "compress/quality_encoder.hpp"

#include "compress/join_repair.hpp"
#include "compress/progress.hpp"
#include "core/pcm.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace chasqui::compress {
namespace {

using opus::Bandwidth;

// docs/quality.md
constexpr double celt_overrated_mos = 0.1;

/// The range in which a bandwidth is worth searching, and where to begin while nothing is known.
struct Range {
  double lowest_kbps, start_kbps, highest_kbps;
};

Range range_of(Bandwidth bandwidth) noexcept {
  if (bandwidth == Bandwidth::narrow) return {5, 8, 16};
  return {5, 11, 40};
}

/// What was learnt from some of an episode's segments.
struct Sample {
  Bandwidth bandwidth = Bandwidth::narrow;
  double kbps = 0;                     ///< that they took on average; where to begin with the others
  std::map<std::size_t, Found> found;  ///< by segment
};

/// Works on the segments of an episode in parallel.
class Searcher {
 public:
  Searcher(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool)
      : episode_(episode), options_(options), pool_(pool), judge_(make_judge(episode, {})) {}

  /// From `start_kbps` on, or from the bandwidth's own.
  void search(std::span<const std::size_t> segments, Bandwidth bandwidth, std::optional<double> start_kbps,
              const std::function<void(Found)>& take) {
    core::OrderedTasks<Found> tasks(pool_, 2 * std::size_t{pool_.size()});
    for (const std::size_t index : segments) {
      if (tasks.full()) take(tasks.take());
      tasks.submit([this, index, bandwidth, start_kbps] { return search_one(index, bandwidth, start_kbps); });
    }
    while (!tasks.empty()) take(tasks.take());
  }

  /// Every second join, from `first` on: such joins share no segment.
  void mend_joins(std::vector<Found>& found, std::size_t first) {
    core::OrderedTasks<void> tasks(pool_, 2 * std::size_t{pool_.size()});
    for (std::size_t index = first; index + 1 < found.size(); index += 2) {
      if (tasks.full()) tasks.take();
      tasks.submit([this, &found, index] {
        check_stop();
        mend_join(episode_, index, judge_, options_of(found[index]), found[index], found[index + 1]);
      });
    }
    while (!tasks.empty()) tasks.take();
  }

  /// SILK was searched as after SILK; after CELT it must begin afresh.
  void begin_afresh(Found& found, std::size_t index) const {
    found.onset = opus::Onset::fresh;
    found.best = SegmentProber(episode_, index, judge_).probe(found.best.settings, found.onset, found.best.kbps);
    ++found.probes;
  }

 private:
  void check_stop() const {
    if (options_.stop.stop_requested()) throw Failure(Errc::cancelled, "stopped on request");
  }

  [[nodiscard]] SearchOptions options_of(Bandwidth bandwidth, opus::Mode mode,
                                         std::optional<double> start_kbps = {}) const {
    const Range range = range_of(bandwidth);
    return {.target_mos = options_.quality + (mode == opus::Mode::celt ? celt_overrated_mos : 0),
            .start_kbps = start_kbps.value_or(range.start_kbps),
            .lowest_kbps = range.lowest_kbps,
            .highest_kbps = range.highest_kbps};
  }
  [[nodiscard]] SearchOptions options_of(const Found& found) const {
    return options_of(found.best.settings.bandwidth, opus::Mode::silk);
  }

  [[nodiscard]] Found search_one(std::size_t index, Bandwidth bandwidth, std::optional<double> start_kbps) const {
    check_stop();
    const SegmentProber prober(episode_, index, judge_);
    const auto in_mode = [&](opus::Mode mode, opus::Onset onset) {
      opus::EncoderSettings settings;
      settings.bandwidth = bandwidth;
      settings.mode = mode;
      return find_cheapest(prober, settings, onset, options_of(bandwidth, mode, start_kbps));
    };
    Found silk = in_mode(opus::Mode::silk, opus::Onset::continuing);
    if (bandwidth == Bandwidth::narrow || episode_.segments()[index].kind == audio::SegmentClass::speech) return silk;
    Found celt = in_mode(opus::Mode::celt, opus::Onset::fresh);
    const bool better = celt.reached != silk.reached ? celt.reached : celt.best.bytes < silk.best.bytes;
    (better ? celt : silk).probes = celt.probes + silk.probes;
    return better ? celt : silk;
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

Sample learn_from_some(Searcher& searcher, const std::vector<audio::Segment>& segments) {
  constexpr std::size_t sampled_segments = 8;
  const auto indices = every((segments.size() + sampled_segments - 1) / sampled_segments, segments.size());
  Sample best;
  std::pair<double, std::int64_t> least;
  for (const Bandwidth bandwidth : {Bandwidth::narrow, Bandwidth::wide}) {
    Sample sample{.bandwidth = bandwidth, .found = {}};
    std::pair<double, std::int64_t> cost;  // MOS that it falls short, bytes
    std::int64_t length = 0;
    searcher.search(indices, bandwidth, {}, [&](Found one) {
      const std::size_t index = indices[sample.found.size()];
      cost.first += one.shortfall;
      cost.second += one.best.bytes;
      length += segments[index].end - segments[index].begin;
      sample.found.emplace(index, std::move(one));
    });
    if (bandwidth != Bandwidth::narrow && cost >= least) continue;
    least = cost;
    sample.kbps = static_cast<double>(cost.second) * 8e-3 * core::sample_rate_hz / static_cast<double>(length);
    best = std::move(sample);
  }
  return best;
}

}  // namespace

void encode_to_quality(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool,
                       const std::function<void(const EncodedSegment&)>& take) {
  Searcher searcher(episode, options, pool);
  const auto& segments = episode.segments();
  Sample sample = learn_from_some(searcher, segments);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < segments.size(); ++i)
    if (!sample.found.contains(i)) others.push_back(i);
  std::vector<Found> found;
  const auto take_sampled = [&] {
    while (sample.found.contains(found.size())) found.push_back(std::move(sample.found.at(found.size())));
  };
  searcher.search(others, sample.bandwidth, sample.kbps, [&](Found one) {
    take_sampled();
    found.push_back(std::move(one));
    report_encoding_progress(options, episode.length(), segments[found.size() - 1].end);
  });
  take_sampled();
  for (std::size_t i = 1; i < found.size(); ++i)
    if (found[i].onset == opus::Onset::continuing &&
        onset_after(found[i - 1].best.settings, found[i].best.settings) == opus::Onset::fresh)
      searcher.begin_afresh(found[i], i);
  for (const std::size_t first : {0, 1}) searcher.mend_joins(found, first);
  for (const Found& one : found)
    take({one.best.settings, opus::join_packets(one.best.packets),
          Judged{quality::summarise_mos(one.best.windows).worst, one.reached, one.probes}});
}

}  // namespace chasqui::compress
