#include "compress/join_repair.hpp"

#include "core/pcm.hpp"
#include "dsp/resampler.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace chasqui::compress {
namespace {

// Of sound on either side of a join that windows over it can reach, less half a second that must be on the other side.
constexpr std::int64_t reach = 7 * core::sample_rate_hz / 2;
// What may help a window: the sound that most of them share.
constexpr std::int64_t mended = 2 * core::sample_rate_hz;
constexpr int most_tries = 4;
constexpr double mos_per_octave = 1.5;  // less than when the whole window is raised

std::vector<float> decoded(const Found& left, const Found& right, const Judge& judge) {
  auto stream = left.best.packets;
  stream.insert(stream.end(), right.best.packets.begin(), right.best.packets.end());
  return value_or_throw(opus::decode_packets(stream, judge.listener));
}

/// The worst window over the join; nothing where none is scored.
std::optional<double> worst_over_join(const audio::ConditionedEpisode& episode, std::size_t index, const Judge& judge,
                                      const Found& left, const Found& right) {
  const auto& segments = episode.segments();
  const std::int64_t join = segments[index].end;
  const std::int64_t begin = std::max(segments[index].begin, join - reach);
  const std::int64_t end = std::min(segments[index + 1].end, join + reach);
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(end - begin));
  episode.read(begin, pcm);
  const auto heard = decoded(left, right, judge);
  const auto from = static_cast<std::size_t>(begin - segments[index].begin + opus::encoder_lookahead());
  if (from >= heard.size()) return std::nullopt;
  const auto part = std::span(heard).subspan(from, std::min(pcm.size(), heard.size() - from));
  const auto degraded = dsp::resample(part, core::sample_rate_hz, quality::scoring_rate_hz);
  const auto summary = quality::summarise_mos(judge.scorer.score(at_scoring_rate(pcm), degraded, judge.speech));
  if (summary.count == 0) return std::nullopt;
  return summary.worst;
}

/// Raises parts [begin, end) and encodes again.
void raise(Found& found, const audio::ConditionedEpisode& episode, std::size_t index, const Judge& judge,
           const SearchOptions& options, std::size_t begin, std::size_t end, double octaves) {
  auto kbps = found.best.kbps;
  for (std::size_t part = begin; part < std::min(end, kbps.size()); ++part)
    kbps[part] =
        static_cast<float>(std::min(static_cast<double>(kbps[part]) * std::exp2(octaves), options.highest_kbps));
  const SegmentProber prober(episode, index, judge);
  auto settings = found.best.settings;
  settings.bitrate_kbps = static_cast<double>(kbps.front());
  found.best = prober.probe(settings, found.onset, kbps);
  ++found.probes;
}

}  // namespace

void mend_join(const audio::ConditionedEpisode& episode, std::size_t index, const Judge& judge,
               const SearchOptions& options, Found& left, Found& right) {
  const std::size_t parts = mended / core::packet_grid;
  for (int tries = 0; tries <= most_tries; ++tries) {
    const auto worst = worst_over_join(episode, index, judge, left, right);
    if (!worst || *worst >= options.target_mos) return;
    if (tries == most_tries) break;
    const double octaves = std::clamp((options.target_mos - *worst) / mos_per_octave, 0.05, 0.5);
    const std::size_t end = left.best.kbps.size();
    raise(left, episode, index, judge, options, end > parts ? end - parts : 0, end, octaves);
    raise(right, episode, index + 1, judge, options, 0, parts, octaves);
  }
  left.reached = right.reached = false;
}

}  // namespace chasqui::compress
