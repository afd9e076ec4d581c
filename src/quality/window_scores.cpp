#include "quality/window_scores.hpp"

#include "core/stop.hpp"
#include "quality/disturbance.hpp"
#include "quality/estoi.hpp"
#include "quality/gammatone.hpp"
#include "quality/mos.hpp"
#include "quality/nsim.hpp"

#include <algorithm>
#include <chasqui/error.hpp>
#include <cmath>
#include <numeric>
#include <utility>

namespace chasqui::quality {
namespace {

constexpr double estoi_frame_centre_s = 0.5 * estoi_frame / estoi_rate_hz;
constexpr double estoi_hop_s = static_cast<double>(estoi_hop) / estoi_rate_hz;
constexpr double nsim_frame_centre_s = 0.5 * static_cast<double>(gammatone_frame) / gammatone_rate_hz;
constexpr double nsim_hop_s = static_cast<double>(gammatone_hop) / gammatone_rate_hz;

std::vector<WindowScore> grid(double duration_s, const WindowOptions& options) {
  std::vector<WindowScore> windows;
  if (duration_s <= 0) return windows;
  // A microsecond of slack: a recording of exactly n hops has no extra window.
  constexpr double slack = 1e-6;
  for (std::size_t i = 0;; ++i) {
    const double begin = static_cast<double>(i) * options.hop_s;
    if (begin + options.window_s > duration_s + slack) break;
    windows.push_back(WindowScore{begin, begin + options.window_s, {}, {}, {}, 0});
  }
  const double covered = windows.empty() ? 0 : windows.back().end_s;
  if (covered + slack < duration_s)
    windows.push_back(WindowScore{std::max(0.0, duration_s - options.window_s), duration_s, {}, {}, {}, 0});
  return windows;
}

std::vector<double> prefix_sums(std::span<const float> values) {
  std::vector<double> sums(values.size() + 1);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i + 1] = sums[i] + static_cast<double>(values[i]);
  return sums;
}

// A window's score is the mean of the segments that lie wholly within it.
void fill_estoi(const EstoiTrack& track, const WindowOptions& options, std::span<WindowScore> windows) {
  const auto sums = prefix_sums(track.segment_scores);
  const auto first_from = [&](double time_s) {
    const double frame = std::max(0.0, std::ceil((time_s - estoi_frame_centre_s) / estoi_hop_s));
    return static_cast<std::size_t>(
        std::lower_bound(track.speech_frames.begin(), track.speech_frames.end(), static_cast<std::uint32_t>(frame)) -
        track.speech_frames.begin());
  };
  for (WindowScore& window : windows) {
    const std::size_t begin = first_from(window.begin_s);
    const std::size_t end = first_from(window.end_s);
    const double speech_s = static_cast<double>(end - begin) * estoi_hop_s;
    window.active = std::min(1.0, speech_s / (window.end_s - window.begin_s));
    if (speech_s < options.least_speech_s || end - begin <= estoi_segment_frames) continue;
    const std::size_t segments = end - begin - estoi_segment_frames;
    window.estoi = (sums[begin + segments] - sums[begin]) / static_cast<double>(segments);
  }
}

void fill_nsim(const NsimTrack& track, const WindowOptions& options, std::span<WindowScore> windows) {
  const auto first_from = [&](double time_s) {
    const double frame = std::max(0.0, std::ceil((time_s - nsim_frame_centre_s) / nsim_hop_s));
    return std::min(static_cast<std::size_t>(frame), track.frame_scores.size());
  };
  for (WindowScore& window : windows) {
    double total = 0;
    std::size_t count = 0;
    for (std::size_t frame = first_from(window.begin_s); frame < first_from(window.end_s); ++frame) {
      if (track.speech[frame] == 0) continue;
      total += static_cast<double>(track.frame_scores[frame]);
      ++count;
    }
    if (count == 0 || static_cast<double>(count) * nsim_hop_s < options.least_speech_s) continue;
    window.nsim = total / static_cast<double>(count);
  }
}

// Where the other two are known.
void fill_mos(const DisturbanceModel& model, const BarkSpectrogram& reference, const BarkSpectrogram& degraded,
              std::span<WindowScore> windows, const std::stop_token& stop) {
  const auto sample = [](double time_s) { return static_cast<std::size_t>(std::lround(time_s * bark_rate_hz)); };
  for (WindowScore& window : windows) {
    core::throw_if_stopped(stop);
    if (!window.estoi || !window.nsim) continue;
    const std::size_t begin = (sample(window.begin_s) + bark_hop - 1) / bark_hop;
    const std::size_t end = (std::max(sample(window.end_s), bark_frame) - bark_frame) / bark_hop + 1;
    window.mos = mos_lqo(model.compare(reference, degraded, begin, end));
  }
}

ScoreSummary summarise(std::span<const WindowScore> windows, std::optional<double> WindowScore::* score) {
  ScoreSummary summary;
  std::vector<double> scores;
  for (const WindowScore& window : windows) {
    const auto& scored = window.*score;
    if (!scored) continue;
    const double value = *scored;
    if (scores.empty() || value < summary.worst) {
      summary.worst = value;
      summary.worst_begin_s = window.begin_s;
      summary.worst_end_s = window.end_s;
    }
    scores.push_back(value);
  }
  if (scores.empty()) return summary;
  std::sort(scores.begin(), scores.end());
  const std::size_t count = scores.size();
  const std::size_t lowest = (count + 19) / 20;
  const auto mean_of_first = [&](std::size_t n) {
    return std::accumulate(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(n), 0.0) /
           static_cast<double>(n);
  };
  summary.count = count;
  summary.mean = mean_of_first(count);
  summary.median = (scores[(count - 1) / 2] + scores[count / 2]) / 2;
  summary.worst_5_percent = mean_of_first(lowest);
  return summary;
}

}  // namespace

struct WindowScorer::Impl {
  WindowOptions options;
  GammatoneFilterBank filters;
  DisturbanceModel disturbance;
};

WindowScorer::WindowScorer(WindowOptions options)
    : impl_(std::make_unique<const Impl>(std::move(options), GammatoneFilterBank(), DisturbanceModel())) {}
WindowScorer::WindowScorer(WindowScorer&&) noexcept = default;
WindowScorer& WindowScorer::operator=(WindowScorer&&) noexcept = default;
WindowScorer::~WindowScorer() = default;

SpeechLevel WindowScorer::speech_level(std::span<const float> reference) const {
  const auto& stop = impl_->options.stop;
  const double threshold_db = estoi_speech_threshold_db(estoi_frame_levels(reference, scoring_rate_hz, stop));
  return {threshold_db, nsim_speech_power(impl_->filters.frame_power(reference, stop))};
}

std::vector<WindowScore> WindowScorer::score(std::span<const float> reference, std::span<const float> degraded,
                                             const SpeechLevel& level, float degraded_gain) const {
  const std::size_t length = std::min(reference.size(), degraded.size());
  auto windows = grid(static_cast<double>(length) / scoring_rate_hz, impl_->options);
  if (windows.empty()) return windows;
  reference = reference.first(length);
  degraded = degraded.first(length);
  const auto& stop = impl_->options.stop;
  const auto track = estoi_track(reference, degraded, scoring_rate_hz, level.estoi_threshold_db, stop);
  fill_estoi(track, impl_->options, windows);
  const auto reference_spectrogram = impl_->filters.spectrogram(reference, 1, stop);
  const auto degraded_spectrogram = impl_->filters.spectrogram(degraded, degraded_gain, stop);
  fill_nsim(nsim_track(reference_spectrogram, degraded_spectrogram, level.nsim_power, stop), impl_->options, windows);
  const auto reference_bark = impl_->disturbance.spectrogram(reference, stop);
  const auto degraded_bark = impl_->disturbance.spectrogram(degraded, stop);
  fill_mos(impl_->disturbance, reference_bark, degraded_bark, windows, stop);
  return windows;
}

ScoreSummary summarise_estoi(std::span<const WindowScore> windows) {
  return summarise(windows, &WindowScore::estoi);
}
ScoreSummary summarise_nsim(std::span<const WindowScore> windows) {
  return summarise(windows, &WindowScore::nsim);
}
ScoreSummary summarise_mos(std::span<const WindowScore> windows) {
  return summarise(windows, &WindowScore::mos);
}

}  // namespace chasqui::quality
