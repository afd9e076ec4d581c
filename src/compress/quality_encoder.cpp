#include "compress/quality_encoder.hpp"

#include "compress/guess_correction.hpp"
#include "compress/progress.hpp"
#include "compress/sample_cost.hpp"
#include "compress/searcher.hpp"
#include "compress/stream_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

namespace chasqui::compress {
namespace {

using audio::SegmentClass;
using opus::Bandwidth;
using FoundBySegment = std::map<std::size_t, Found>;

/// How often segments are refined after their first probe: once where that was a good guess.
constexpr int passes_by_model = 1, passes_alone = 5;
constexpr double share_of_first_probes = 0.5;  // of the time

std::vector<std::size_t> sample_of(std::size_t segments) {
  const std::size_t most = std::clamp<std::size_t>(segments / 8, 3, 8);
  const std::size_t step = (segments + most - 1) / most;
  std::vector<std::size_t> indices;
  for (std::size_t i = step / 2; i < segments; i += step) indices.push_back(i);
  return indices;
}

/// The search for one episode.
class Search {
 public:
  Search(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool,
         const model::Predictor* predictor)
      : episode_(episode),
        options_(options),
        pool_(pool),
        searcher_(episode, options, pool),
        stream_(episode, searcher_.judge(), searcher_.encoders(), pool, options.stop),
        plan_(plan_episode(predictor, episode.segments(), options.quality)),
        guessed_(predictor != nullptr),
        passes_(guessed_ ? passes_by_model : passes_alone),
        probes_(episode.segments().size()) {}

  /// All segments, at their goals, and the windows of the stream.
  std::pair<std::vector<Found>, std::vector<quality::WindowScore>> run() {
    choose_bandwidth();
    // What is not plain speech is rare, and the first to be out of reach: known early, it costs no second probes.
    probe_the_others([](SegmentClass kind) { return kind != SegmentClass::speech; });
    widen_where_out_of_reach();
    probe_the_others();
    widen_where_out_of_reach();
    search(passes_);
    // Bits may help less than was expected, in some bandwidths not at all. What gets a wider one alone may leave its
    // neighbours below the goal, where windows reach over the join, and these theirs.
    using enum Bandwidth;
    constexpr std::array widenings = {medium, wide, wide, wide, wide};
    constexpr std::size_t few = 4;  // one in so many
    for (const Bandwidth wider : widenings) {
      const auto missed = missed_below(wider);
      if (missed.empty()) continue;
      search(widen(missed, probe(missed, wider), wider, probes_.size() / few) ? passes_ : 0);
    }
    std::vector<Found> found;
    for (auto& [index, one] : found_) found.push_back(std::move(one));
    return {std::move(found), stream_.windows()};
  }

 private:
  /// The likeliest bandwidth, or another that does better on a sample of the segments. Tried are those that the plan
  /// cannot tell from the likeliest, and those that would be cheaper than what that one turns out to ask for.
  void choose_bandwidth() {
    constexpr double too_near = 0.08;  // octaves
    constexpr double common = 0.25;    // octaves by which a guess may be off that says nothing of the bandwidth
    const auto& likeliest = plan_.choices.front();
    bandwidth_ = likeliest.bandwidth;
    const auto sample = sample_of(episode_.segments().size());
    take_over(bandwidth_, probe(sample, bandwidth_));
    const double doubt = std::max(too_near, off_by() - common);
    for (const auto& [other, dearer] : plan_.choices | std::views::drop(1)) {
      if (dearer > doubt) break;
      if (auto found = better_sample(sample, other)) take_over(other, *std::move(found));
    }
    take_over(bandwidth_, std::move(found_));  // what came nearer teaches more
  }

  /// By how many octaves what was found so far is more than was guessed.
  double off_by() const {
    GuessCorrection all;
    for (const auto& [index, one] : found_) all.learn(guess_of(index, one), one);
    return all.octaves();
  }

  /// The sample at another bandwidth, if it does better there. As soon as that is unlikely it is given up: bandwidths
  /// differ alike in all segments of an episode.
  std::optional<FoundBySegment> better_sample(std::span<const std::size_t> sample, Bandwidth bandwidth) {
    constexpr std::array may_catch_up = {0.1, 0.06, 0.05};  // octaves, after so many segments
    FoundBySegment found;
    SampleCost cost, chosen;
    for (const std::size_t index : sample) {
      found.merge(probe(std::span(&index, 1), bandwidth));
      Found &here = found.at(index), &there = found_.at(index);
      for (bool nearer = true; nearer;)
        nearer = come_near(index, cost.with(here).less_than(chosen.with(there)) ? here : there);
      cost = cost.with(here);
      chosen = chosen.with(there);
      const double may = may_catch_up[std::min(found.size(), may_catch_up.size()) - 1];
      if (cost.out_of_reach > chosen.out_of_reach || cost.octaves() > chosen.octaves() + may) return std::nullopt;
    }
    if (!cost.less_than(chosen)) return std::nullopt;
    return found;
  }

  /// What is far below its goal may never reach it, the narrower the sooner. So it is given the bits that are expected
  /// to bring it there. False: it is near, or has all bits.
  bool come_near(std::size_t index, Found& found) {
    constexpr double far = 0.25;  // octaves
    const auto& settings = found.best.settings;
    const double octaves = std::log2(bytes_at_goal(found.best, need_of(found)) / static_cast<double>(found.best.bytes));
    const double kbps = mean_kbps(found.best);
    if (octaves < far || kbps >= found.range.highest_kbps || settings.mode != opus::Mode::silk) return false;
    const Guess nearer{kbps * std::exp2(octaves), found.mos_per_octave};
    const Guess never{std::numeric_limits<double>::infinity(), found.mos_per_octave};
    auto again = probe(std::span(&index, 1), settings.bandwidth,
                       [&](auto, auto, opus::Mode tried) { return tried == opus::Mode::silk ? nearer : never; });
    found = std::move(again.at(index));
    return true;
  }

  /// The sample may have missed what only a wider bandwidth can bring to the goal.
  void widen_where_out_of_reach() {
    for (const Bandwidth wider : {Bandwidth::medium, Bandwidth::wide}) {
      if (wider <= bandwidth_) continue;
      const auto doubtful = most_doubtful();
      const auto lost = lost_at(doubtful, bandwidth_);
      if (lost.empty()) return;
      if (2 * lost_at(lost, wider).size() > lost.size()) continue;
      // Those that are not tried yet may be lost too.
      constexpr std::size_t few = 20;  // one in so many
      if (!widen(lost, probe(lost, wider), wider, doubtful.size() == 1 ? lost.size() : probes_.size() / few)) return;
    }
  }

  /// Up to `few` segments get a wider bandwidth for themselves; more of them take all of the episode along (true).
  bool widen(std::span<const std::size_t> segments, FoundBySegment found, Bandwidth wider, std::size_t few) {
    if (segments.size() <= few || wider <= bandwidth_) {
      for (auto& [index, one] : found) found_.insert_or_assign(index, std::move(one));
      return false;
    }
    take_over(wider, std::move(found));
    probe_the_others();
    return true;
  }

  /// What the stream does not bring to the goal in its bandwidth, and a wider one can. By rising time.
  std::vector<std::size_t> missed_below(Bandwidth wider) {
    std::vector<std::size_t> missed, hopeful;
    for (const auto& [index, one] : found_)
      if (!one.reached && one.best.settings.bandwidth < wider) missed.push_back(index);
    std::ranges::set_difference(missed, lost_at(missed, wider), std::back_inserter(hopeful));
    return hopeful;
  }

  void search(int passes) {
    std::vector<Found> found;
    for (auto& [index, one] : found_) {
      one.probes = probes_[index];
      if (guessed_) one.guessed_kbps = guess_of(index, one).kbps;
      found.push_back(std::move(one));
    }
    const auto progress = [this](double share) { report(share_of_first_probes + (1 - share_of_first_probes) * share); };
    stream_.run(passes, progress, found);
    for (std::size_t index = 0; index < found.size(); ++index) {
      probes_[index] = found[index].probes;
      found_[index] = std::move(found[index]);
    }
  }

  /// Segments that are expected to need nearly the highest bitrate of their bandwidth, or more.
  std::vector<std::size_t> most_doubtful() const {
    const std::size_t most = std::max<std::size_t>(3, probes_.size() / 10);
    constexpr double nearly = -0.3;  // octaves
    std::vector<std::pair<double, std::size_t>> doubtful;
    for (const auto& [index, one] : found_)
      if (const double octaves = octaves_beyond_range(one);
          octaves > nearly && one.best.settings.bandwidth == bandwidth_)
        doubtful.emplace_back(-octaves, index);
    std::ranges::sort(doubtful);
    if (doubtful.size() > most) doubtful.resize(most);
    std::vector<std::size_t> indices;
    for (const auto& [octaves, index] : doubtful) indices.push_back(index);
    return indices;
  }

  /// Those that are below the goal even at the highest bitrate.
  std::vector<std::size_t> lost_at(std::span<const std::size_t> segments, Bandwidth bandwidth) {
    std::vector<std::size_t> untried, lost;
    for (const std::size_t index : segments)
      if (!lost_.contains({index, bandwidth})) untried.push_back(index);
    const Guess highest{.kbps = std::numeric_limits<double>::max()};
    for (const auto& [index, one] : probe(untried, bandwidth, [&](auto...) { return highest; }))
      lost_[{index, bandwidth}] =
          std::ranges::any_of(lack_of(one), [](const auto& octaves) { return octaves.value_or(0) > 0; });
    for (const std::size_t index : segments)
      if (lost_.at({index, bandwidth})) lost.push_back(index);
    return lost;
  }

  FoundBySegment probe(std::span<const std::size_t> segments, Bandwidth bandwidth) {
    return probe(segments, bandwidth, [this](auto... which) { return plan_.guess(which...); });
  }

  /// At one bitrate each.
  FoundBySegment probe(std::span<const std::size_t> segments, Bandwidth bandwidth, const Searcher::Guesses& guess) {
    FoundBySegment found;
    searcher_.probe_first(segments, bandwidth, guess, [&](std::size_t index, Found one) {
      probes_[index] += one.probes;
      found.emplace(index, std::move(one));
    });
    return found;
  }

  void take_over(Bandwidth bandwidth, FoundBySegment found) {
    bandwidth_ = bandwidth;
    found_ = std::move(found);
    corrections_ = {};
    for (const auto& [index, one] : found_) learn(index, one);
  }

  /// Those of a kind, or all, that are not found yet.
  void probe_the_others(const std::function<bool(SegmentClass)>& wanted = {}) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < episode_.segments().size(); ++i)
      if (!found_.contains(i) && (!wanted || wanted(episode_.segments()[i].kind))) others.push_back(i);
    searcher_.probe_first(
        others, bandwidth_,
        [this](std::size_t index, auto... which) { return correction_of(index).apply(plan_.guess(index, which...)); },
        [this](std::size_t index, Found one) {
          learn(index, one);
          probes_[index] += one.probes;
          found_.emplace(index, std::move(one));
          report(share_of_first_probes * static_cast<double>(found_.size()) / static_cast<double>(probes_.size()));
        });
  }

  void learn(std::size_t index, const Found& found) { correction_of(index).learn(guess_of(index, found), found); }

  /// What the plan gave for a segment as it was found, which may have a bandwidth of its own.
  Guess guess_of(std::size_t index, const Found& found) const {
    return plan_.guess(index, found.best.settings.bandwidth, found.best.settings.mode);
  }

  /// What a voice tells of the next guess says nothing of music.
  GuessCorrection& correction_of(std::size_t index) { return corrections_[is(index, SegmentClass::speech) ? 0 : 1]; }
  bool is(std::size_t index, SegmentClass kind) const { return episode_.segments()[index].kind == kind; }

  void report(double share) const {
    report_encoding_progress(options_, episode_.length(),
                             static_cast<std::int64_t>(share * static_cast<double>(episode_.length())));
  }

  const audio::ConditionedEpisode& episode_;
  const CompressOptions& options_;
  core::ThreadPool& pool_;
  Searcher searcher_;
  StreamSearch stream_;
  EpisodePlan plan_;
  bool guessed_;
  int passes_;
  Bandwidth bandwidth_ = Bandwidth::narrow;
  std::array<GuessCorrection, 2> corrections_;  // of speech, of all else
  FoundBySegment found_;
  std::map<std::pair<std::size_t, Bandwidth>, bool> lost_;  // of those that were tried at the highest bitrate
  std::vector<int> probes_;                                 // of each segment, at all bandwidths
};

}  // namespace

std::vector<quality::WindowScore> encode_to_quality(const audio::ConditionedEpisode& episode,
                                                    const CompressOptions& options, core::ThreadPool& pool,
                                                    const model::Predictor* predictor,
                                                    const std::function<void(const EncodedSegment&)>& take) {
  auto [found, windows] = Search(episode, options, pool, predictor).run();
  for (const Found& one : found)
    take({one.best.settings, opus::join_packets(one.best.packets),
          Judged{one.worst_mos, one.reached, one.probes, one.guessed_kbps, mean_kbps(one.best)}});
  return std::move(windows);
}

}  // namespace chasqui::compress
