#include "compress/labeller.hpp"

#include "compress/conditioning.hpp"
#include "compress/judge.hpp"
#include "compress/progress.hpp"
#include "compress/segment_probe.hpp"
#include "compress/warm_up.hpp"
#include "core/pcm.hpp"
#include "core/thread_pool.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace chasqui::compress {
namespace {

// From where speech breaks to where more is not heard; denser where targets lie.
constexpr std::array narrow_kbps{5.0, 6.0, 7.0, 8.5, 10.5, 13.0, 16.0};
constexpr std::array medium_kbps{5.5, 6.5, 7.5, 9.0, 10.5, 12.5, 15.5, 20.0};
constexpr std::array wide_kbps{6.0, 7.5, 9.0, 10.5, 12.5, 15.0, 19.0, 25.0, 34.0};
constexpr std::array celt_kbps{8.0, 11.0, 15.0, 20.0, 27.0, 36.0};

std::vector<model::Candidate> candidates(audio::SegmentClass kind) {
  std::vector<model::Candidate> all;
  for (const double kbps : narrow_kbps) all.push_back({opus::Bandwidth::narrow, opus::Mode::silk, kbps});
  for (const double kbps : medium_kbps) all.push_back({opus::Bandwidth::medium, opus::Mode::silk, kbps});
  for (const double kbps : wide_kbps) all.push_back({opus::Bandwidth::wide, opus::Mode::silk, kbps});
  if (kind == audio::SegmentClass::speech) return all;
  for (const double kbps : celt_kbps) all.push_back({opus::Bandwidth::wide, opus::Mode::celt, kbps});
  return all;
}

std::vector<model::Label> sweep(const audio::ConditionedEpisode& episode, std::size_t index, const Judge& judge,
                                const opus::WarmEncoders& encoders, const model::Origin& origin,
                                const CompressOptions& options) {
  const SegmentProber prober(episode, index, judge, encoders, options.stop);
  const auto& segment = episode.segments()[index];
  const double seconds = static_cast<double>(segment.end - segment.begin) / core::sample_rate_hz;
  std::vector<model::Label> labels;
  for (const auto& candidate : candidates(segment.kind)) {
    opus::EncoderSettings settings;
    settings.bitrate_kbps = candidate.kbps;
    settings.bandwidth = candidate.bandwidth;
    settings.mode = candidate.mode;
    const bool celt = candidate.mode == opus::Mode::celt;
    const Probe probe = prober.probe(settings, celt ? opus::Onset::fresh : opus::Onset::continuing);
    const auto mos = quality::summarise_mos(probe.windows);
    if (mos.count == 0) return {};
    labels.push_back({.origin = origin,
                      .segment_index = index,
                      .segment = segment,
                      .candidate = candidate,
                      .actual_kbps = static_cast<double>(probe.bytes) * 8e-3 / seconds,
                      .worst_mos = mos.worst,
                      .worst_estoi = quality::summarise_estoi(probe.windows).worst});
  }
  return labels;
}

}  // namespace

std::size_t labels_per_segment(audio::SegmentClass kind) noexcept {
  return candidates(kind).size();
}

void label_recording(const std::filesystem::path& input, const model::Origin& origin, const CompressOptions& options,
                     const std::set<std::size_t>& done,
                     const std::function<void(const std::vector<model::Label>&)>& take) {
  core::ThreadPool pool(thread_count(options));
  const auto episode = condition(input, options, pool, searched_length);
  const Judge judge = make_judge(episode, {}, options.stop);
  const opus::WarmEncoders encoders(warm_up_of(episode));
  core::OrderedTasks<std::vector<model::Label>> tasks(pool, 2 * std::size_t{pool.size()});
  const auto take_next = [&] {
    const auto labels = tasks.take();
    if (labels.empty()) return;
    report_encoding_progress(options, episode.length(), labels.front().segment.end);
    take(labels);
  };
  for (std::size_t index = 0; index < episode.segments().size(); ++index) {
    if (done.contains(index)) continue;
    if (tasks.full()) take_next();
    tasks.submit([&, index] { return sweep(episode, index, judge, encoders, origin, options); });
  }
  while (!tasks.empty()) take_next();
}

}  // namespace chasqui::compress
