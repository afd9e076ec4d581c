#include "quality/compare.hpp"

#include "dsp/resampler.hpp"
#include "dsp/vector_math.hpp"
#include "quality/estoi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace chasqui::quality {
namespace {

constexpr double notable_drift_ppm = 20;
constexpr double silence_rms = 1e-4;  // -80 dBFS

// A signal at the scoring rate, copied only when it was not.
class AtScoringRate {
 public:
  explicit AtScoringRate(const Signal& signal) : samples_(signal.samples) {
    if (signal.sample_rate_hz == scoring_rate_hz) return;
    resampled_ = dsp::resample(signal.samples, signal.sample_rate_hz, scoring_rate_hz);
    samples_ = resampled_;
  }
  AtScoringRate(const AtScoringRate&) = delete;
  AtScoringRate& operator=(const AtScoringRate&) = delete;
  ~AtScoringRate() = default;

  [[nodiscard]] std::span<const float> samples() const { return samples_; }

 private:
  std::vector<float> resampled_;
  std::span<const float> samples_;
};

// Whether no 50 ms reach -80 dBFS.
bool silent(std::span<const float> signal) {
  constexpr std::size_t block = scoring_rate_hz / 20;
  for (std::size_t begin = 0; begin < signal.size(); begin += block) {
    const std::size_t count = std::min(block, signal.size() - begin);
    const double mean_square =
        static_cast<double>(dsp::energy(signal.data() + begin, count)) / static_cast<double>(count);
    if (mean_square >= silence_rms * silence_rms) return false;
  }
  return true;
}

std::optional<Error> refuse(const Signal& signal, const char* which, const CompareOptions& options) {
  if (signal.samples.empty()) return Error{Errc::input_empty, fmt::format("the {} recording has no sound", which)};
  if (signal.sample_rate_hz < 1)
    return Error{Errc::input_unsupported,
                 fmt::format("the {} recording has an impossible sample rate: {} Hz", which, signal.sample_rate_hz)};
  const double seconds = static_cast<double>(signal.samples.size()) / signal.sample_rate_hz;
  if (seconds > options.longest_s)
    return Error{
        Errc::input_too_long,
        fmt::format("the {} recording lasts {:.1f} h, and recordings of up to {:.1f} h can be compared; cut both "
                    "and compare the parts",
                    which, seconds / 3600, options.longest_s / 3600)};
  return std::nullopt;
}

std::string mismatch(const AlignmentResult& alignment) {
  return fmt::format(
      "these do not look like the same recording: at the best lag the waveforms correlate by {:.2f} and the loudness "
      "by "
      "{:.2f}",
      alignment.correlation, alignment.envelope_correlation);
}

void warn(Comparison& comparison) {
  if (comparison.alignment.inverted && comparison.alignment.trustworthy())
    comparison.warnings.emplace_back("the degraded recording has reversed polarity");
  if (std::abs(comparison.alignment.drift_ppm) > notable_drift_ppm)
    comparison.warnings.push_back(
        fmt::format("the clocks of the recordings drift apart by {:.0f} ppm; scores far from the middle are too low",
                    comparison.alignment.drift_ppm));
  if (comparison.estoi.count == 0) comparison.warnings.emplace_back("no window has enough speech to be scored");
}

}  // namespace

Result<Comparison> compare(const Signal& reference, const Signal& degraded, const CompareOptions& options) try {
  if (auto error = refuse(reference, "reference", options)) return std::unexpected(*error);
  if (auto error = refuse(degraded, "degraded", options)) return std::unexpected(*error);
  const AtScoringRate reference_16k(reference);
  const AtScoringRate degraded_16k(degraded);
  auto x = reference_16k.samples();
  auto y = degraded_16k.samples();
  const bool reference_silent = silent(x);
  const bool degraded_silent = silent(y);

  Comparison comparison;
  if (!reference_silent && !degraded_silent) comparison.alignment = align(x, y, scoring_rate_hz, options.windows.stop);
  const AlignmentResult& alignment = comparison.alignment;
  if (reference_silent || degraded_silent) {
    comparison.warnings.push_back(
        fmt::format("the {} recording is silent", reference_silent ? "reference" : "degraded"));
  } else if (!alignment.trustworthy()) {
    if (!options.accept_poor_alignment)
      return std::unexpected(Error{Errc::usage, mismatch(alignment) + "; check that the right two files were given"});
    comparison.warnings.push_back(mismatch(alignment));
  }

  x = x.subspan(std::min(x.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, -alignment.lag_samples))));
  y = y.subspan(std::min(y.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, alignment.lag_samples))));
  const std::size_t length = std::min(x.size(), y.size());
  x = x.first(length);
  y = y.first(length);
  comparison.lag_s = static_cast<double>(alignment.lag_samples) / scoring_rate_hz;
  comparison.reference_begin_s = std::max(0.0, -comparison.lag_s);
  comparison.length_s = static_cast<double>(length) / scoring_rate_hz;

  const WindowScorer scorer(options.windows);
  const SpeechLevel level = scorer.speech_level(x);
  const float gain = alignment.gain > 0 ? static_cast<float>(1 / alignment.gain) : 1;
  comparison.windows = scorer.score(x, y, level, gain);
  comparison.whole_estoi = estoi(x, y, scoring_rate_hz, options.windows.stop);
  for (WindowScore& window : comparison.windows) {
    window.begin_s += comparison.reference_begin_s;
    window.end_s += comparison.reference_begin_s;
  }
  comparison.estoi = summarise_estoi(comparison.windows);
  comparison.nsim = summarise_nsim(comparison.windows);
  comparison.mos = summarise_mos(comparison.windows);
  warn(comparison);
  return comparison;
} catch (const Failure& failure) {
  return std::unexpected(failure.error());
}

}  // namespace chasqui::quality
