#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::quality {

/// Signals are scored at this rate; others are resampled.
inline constexpr int scoring_rate_hz = 16'000;

struct WindowOptions {
  double window_s = 4;
  double hop_s = 1;
  /// A window with less speech than this is not scored: too few segments for a steady value. A recording shorter
  /// than it can still be scored as a whole by `estoi`.
  double least_speech_s = 1;
  /// A request ends scoring with Failure(cancelled), soon after.
  std::stop_token stop = {};
};

struct WindowScore {
  double begin_s = 0;
  double end_s = 0;
  std::optional<double> estoi;  ///< nothing: too little speech to score
  std::optional<double> nsim;   ///< likewise
  std::optional<double> mos;    ///< likewise; mos_lqo
  double active = 0;            ///< share of the window that is speech, 0..1
};

struct ScoreSummary {
  std::size_t count = 0;  ///< windows that were scored; without any, the rest is 0
  double mean = 0;
  double median = 0;
  double worst_5_percent = 0;  ///< mean of the lowest 5 % of windows, at least one
  double worst = 0;
  double worst_begin_s = 0;
  double worst_end_s = 0;
};

/// From which level on sound counts as speech; take it from a whole episode to judge a piece of it.
struct SpeechLevel {
  double estoi_threshold_db = 0;
  float nsim_power = 0;
};

/// Scores in sliding windows. Spectra are computed once and shared by all windows; windows start at multiples of the
/// hop and the last one ends with the signal. Frames of speech are told by one level for the whole recording, not per
/// window: a window of room noise is not scored as if it were speech. Holds tables only; any number of threads may use
/// one.
class WindowScorer {
 public:
  explicit WindowScorer(WindowOptions options = {});
  WindowScorer(WindowScorer&&) noexcept;
  WindowScorer& operator=(WindowScorer&&) noexcept;
  ~WindowScorer();

  /// The speech level of a mono signal at scoring_rate_hz.
  [[nodiscard]] SpeechLevel speech_level(std::span<const float> reference) const;

  /// Both mono at scoring_rate_hz and aligned; the longer is cut. `degraded_gain` is applied to the degraded signal
  /// before NSIM, which depends on level; ESTOI does not. No windows for empty signals.
  [[nodiscard]] std::vector<WindowScore> score(std::span<const float> reference, std::span<const float> degraded,
                                               const SpeechLevel& level, float degraded_gain = 1) const;

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

ScoreSummary summarise_estoi(std::span<const WindowScore> windows);
ScoreSummary summarise_nsim(std::span<const WindowScore> windows);
ScoreSummary summarise_mos(std::span<const WindowScore> windows);

}  // namespace chasqui::quality
