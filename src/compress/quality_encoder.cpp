#include "compress/quality_encoder.hpp"

#include "compress/episode_plan.hpp"
#include "compress/intelligibility.hpp"
#include "compress/progress.hpp"
#include "compress/stream_repair.hpp"
#include "core/pcm.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

namespace chasqui::compress {
namespace {

using opus::Bandwidth;

// docs/quality.md
constexpr double celt_overrated_mos = 0.1;

constexpr int thorough_probes = 6;
constexpr int quick_probes = 3;  // where the first is a good guess

/// The range in which a bandwidth is worth searching, and where to begin while nothing is known.
struct Range {
  double lowest_kbps, start_kbps, highest_kbps;
};

Range range_of(Bandwidth bandwidth) noexcept {
  if (bandwidth == Bandwidth::narrow) return {5, 8, 16};
  if (bandwidth == Bandwidth::medium) return {5, 9, 24};
  return {5, 11, 40};
}

opus::ListenerDecoder listener(const CompressOptions& options) {
  return {.enhancement = options.enhanced_decoder ? opus::Enhancement::nolace : opus::Enhancement::none};
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
      : episode_(episode), options_(options), pool_(pool), judge_(make_judge(episode, listener(options))) {}

  /// What to try first on a segment; nothing: where the bandwidth's range says.
  using Guesses = std::function<std::optional<Guess>(std::size_t index, Bandwidth bandwidth, opus::Mode mode)>;

  void search(std::span<const std::size_t> segments, Bandwidth bandwidth, const Guesses& guess, int most_probes,
              const std::function<void(Found)>& take) {
    core::OrderedTasks<Found> tasks(pool_, 2 * std::size_t{pool_.size()});
    for (const std::size_t index : segments) {
      if (tasks.full()) take(tasks.take());
      tasks.submit(
          [this, index, bandwidth, &guess, most_probes] { return search_one(index, bandwidth, guess, most_probes); });
    }
    while (!tasks.empty()) take(tasks.take());
  }

  /// The windows of the whole stream.
  std::vector<quality::WindowScore> mend(std::span<Found> found) {
    return mend_stream(
        episode_, judge_, pool_, [this](const Found& one) { return options_of(one); }, options_.stop, found);
  }

  /// Where words are harder to understand than in the rest of the episode.
  void lift_what_falls_behind(std::vector<Found>& found) {
    const auto floor = intelligibility_floor(found);
    if (!floor) return;
    core::OrderedTasks<void> tasks(pool_, 2 * std::size_t{pool_.size()});
    for (std::size_t index = 0; index < found.size(); ++index) {
      if (!falls_behind(found[index], *floor)) continue;
      if (tasks.full()) tasks.take();
      tasks.submit([this, &found, index, floor] {
        lift_to_floor(SegmentProber(episode_, index, judge_, options_.stop), found[index], *floor,
                      options_of(found[index]));
      });
    }
    while (!tasks.empty()) tasks.take();
  }

  /// SILK was searched as after SILK; after CELT it must begin afresh.
  void begin_afresh(Found& found, std::size_t index) const {
    found.onset = opus::Onset::fresh;
    found.best =
        SegmentProber(episode_, index, judge_, options_.stop).probe(found.best.settings, found.onset, found.best.kbps);
    ++found.probes;
  }

 private:
  [[nodiscard]] SearchOptions options_of(Bandwidth bandwidth, opus::Mode mode,
                                         const std::optional<Guess>& guess = {}) const {
    const Range range = range_of(bandwidth);
    const Guess start = guess.value_or(Guess{.kbps = range.start_kbps});
    return {.target_mos = options_.quality + (mode == opus::Mode::celt ? celt_overrated_mos : 0),
            .start_kbps = std::clamp(start.kbps, range.lowest_kbps, range.highest_kbps),
            .mos_per_octave = start.mos_per_octave,
            .lowest_kbps = range.lowest_kbps,
            .highest_kbps = range.highest_kbps};
  }
  [[nodiscard]] SearchOptions options_of(const Found& found) const {
    return options_of(found.best.settings.bandwidth, found.best.settings.mode);
  }

  [[nodiscard]] Found search_one(std::size_t index, Bandwidth bandwidth, const Guesses& guess, int most_probes) const {
    const SegmentProber prober(episode_, index, judge_, options_.stop);
    const auto in_mode = [&](opus::Mode mode, opus::Onset onset) {
      opus::EncoderSettings settings;
      settings.bandwidth = bandwidth;
      settings.mode = mode;
      auto search = options_of(bandwidth, mode, guess(index, bandwidth, mode));
      search.most_probes = most_probes;
      return find_cheapest(prober, settings, onset, search);
    };
    Found silk = in_mode(opus::Mode::silk, opus::Onset::continuing);
    if (bandwidth != Bandwidth::wide || episode_.segments()[index].kind == audio::SegmentClass::speech) return silk;
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

/// The bandwidth that comes out smallest on a sample of the segments.
Sample learn_from_some(Searcher& searcher, const std::vector<audio::Segment>& segments,
                       std::span<const Bandwidth> bandwidths, const Searcher::Guesses& guess) {
  constexpr std::size_t sampled_segments = 8;
  const auto indices = every((segments.size() + sampled_segments - 1) / sampled_segments, segments.size());
  std::optional<Sample> best;
  std::map<std::size_t, int> probes;  // with all bandwidths
  std::pair<double, std::int64_t> least;
  for (const Bandwidth bandwidth : bandwidths) {
    Sample sample{.bandwidth = bandwidth, .found = {}};
    std::pair<double, std::int64_t> cost;  // MOS that it falls short, bytes
    std::int64_t length = 0;
    searcher.search(indices, bandwidth, guess, thorough_probes, [&](Found one) {
      const std::size_t index = indices[sample.found.size()];
      cost.first += one.shortfall;
      cost.second += one.best.bytes;
      length += segments[index].end - segments[index].begin;
      probes[index] += one.probes;
      sample.found.emplace(index, std::move(one));
    });
    if (best && cost >= least) continue;
    least = cost;
    sample.kbps = static_cast<double>(cost.second) * 8e-3 * core::sample_rate_hz / static_cast<double>(length);
    best = std::move(sample);
  }
  for (auto& [index, found] : best->found) found.probes = probes.at(index);
  return *std::move(best);
}

/// By how much the guesses for an episode are off, as a factor: its voices and its room are the same throughout.
double correction_of(const EpisodePlan& plan, const Sample& sample) {
  std::vector<double> factors;
  for (const auto& [index, found] : sample.found) {
    const auto& kbps = found.best.kbps;
    const double mean = std::accumulate(kbps.begin(), kbps.end(), 0.0) / static_cast<double>(kbps.size());
    factors.push_back(mean / plan.guess(index, sample.bandwidth, found.best.settings.mode).kbps);
  }
  if (factors.empty()) return 1;
  const auto middle = factors.begin() + std::ssize(factors) / 2;
  std::ranges::nth_element(factors, middle);
  return *middle;
}

/// Every segment's setting, found by itself.
std::vector<Found> search_all(Searcher& searcher, const audio::ConditionedEpisode& episode,
                              const CompressOptions& options, const model::Predictor* predictor) {
  const auto& segments = episode.segments();
  std::optional<EpisodePlan> plan;
  if (predictor != nullptr) plan = plan_episode(*predictor, segments, options.quality);
  const Searcher::Guesses expected = [&](std::size_t index, Bandwidth bandwidth, opus::Mode mode) {
    return plan ? std::optional(plan->guess(index, bandwidth, mode)) : std::nullopt;
  };
  constexpr std::array all{Bandwidth::narrow, Bandwidth::medium, Bandwidth::wide};
  Sample sample =
      learn_from_some(searcher, segments, plan ? std::span<const Bandwidth>(plan->bandwidths) : all, expected);
  const double correction = plan ? correction_of(*plan, sample) : 1;
  const Searcher::Guesses learnt = [&](std::size_t index, Bandwidth bandwidth, opus::Mode mode) {
    if (!plan) return Guess{.kbps = sample.kbps};
    Guess guess = plan->guess(index, bandwidth, mode);
    guess.kbps *= correction;
    return guess;
  };

  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < segments.size(); ++i)
    if (!sample.found.contains(i)) others.push_back(i);
  std::vector<Found> found;
  const auto take_sampled = [&] {
    while (sample.found.contains(found.size())) found.push_back(std::move(sample.found.at(found.size())));
  };
  searcher.search(others, sample.bandwidth, learnt, plan ? quick_probes : thorough_probes, [&](Found one) {
    take_sampled();
    found.push_back(std::move(one));
    report_encoding_progress(options, episode.length(), segments[found.size() - 1].end);
  });
  take_sampled();
  return found;
}

}  // namespace

std::vector<quality::WindowScore> encode_to_quality(const audio::ConditionedEpisode& episode,
                                                    const CompressOptions& options, core::ThreadPool& pool,
                                                    const model::Predictor* predictor,
                                                    const std::function<void(const EncodedSegment&)>& take) {
  Searcher searcher(episode, options, pool);
  auto found = search_all(searcher, episode, options, predictor);
  for (std::size_t i = 1; i < found.size(); ++i)
    if (found[i].onset == opus::Onset::continuing &&
        onset_after(found[i - 1].best.settings, found[i].best.settings) == opus::Onset::fresh)
      searcher.begin_afresh(found[i], i);
  searcher.lift_what_falls_behind(found);
  auto windows = searcher.mend(found);
  for (const Found& one : found)
    take({one.best.settings, opus::join_packets(one.best.packets),
          Judged{quality::summarise_mos(one.best.windows).worst, one.reached, one.probes}});
  return windows;
}

}  // namespace chasqui::compress
