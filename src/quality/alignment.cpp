#include "quality/alignment.hpp"

#include "core/stop.hpp"
#include "dsp/vector_math.hpp"
#include "quality/cross_correlation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <vector>

namespace chasqui::quality {
namespace {

constexpr double probe_s = 4;
constexpr double probe_margin_s = 0.25;
constexpr std::size_t most_probes = 9;
constexpr std::size_t most_candidates = 4;
constexpr double envelope_bound = 0.70;
constexpr double waveform_bound = 0.30;

struct Overlap {
  std::size_t reference_begin = 0;
  std::size_t degraded_begin = 0;
  std::size_t length = 0;
};

Overlap overlap_at(std::int64_t lag, std::size_t reference_size, std::size_t degraded_size) {
  Overlap overlap;
  overlap.reference_begin = static_cast<std::size_t>(std::max<std::int64_t>(0, -lag));
  overlap.degraded_begin = static_cast<std::size_t>(std::max<std::int64_t>(0, lag));
  if (overlap.reference_begin < reference_size && overlap.degraded_begin < degraded_size)
    overlap.length = std::min(reference_size - overlap.reference_begin, degraded_size - overlap.degraded_begin);
  return overlap;
}

double pearson(std::span<const float> a, std::span<const float> b) {
  double sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double x = static_cast<double>(a[i]);
    const double y = static_cast<double>(b[i]);
    sum_a += x;
    sum_b += y;
    sum_aa += x * x;
    sum_bb += y * y;
    sum_ab += x * y;
  }
  const auto n = static_cast<double>(a.size());
  const double variance = (sum_aa - sum_a * sum_a / n) * (sum_bb - sum_b * sum_b / n);
  return variance > 1e-20 ? (sum_ab - sum_a * sum_b / n) / std::sqrt(variance) : 0;
}

// The lags, in contour steps, of the highest peaks that are at least 0.2 s apart.
std::vector<std::int64_t> candidate_lags(std::span<const float> reference, std::span<const float> degraded) {
  constexpr std::int64_t apart = contour_rate_hz / 5;
  CrossCorrelation correlation(reference.size(), degraded.size());
  correlation.run(reference, degraded);
  const auto lowest = 1 - static_cast<std::int64_t>(reference.size());
  const auto highest = static_cast<std::int64_t>(degraded.size()) - 1;
  std::vector<std::int64_t> peaks;
  while (peaks.size() < most_candidates) {
    std::optional<std::int64_t> best;
    for (std::int64_t lag = lowest; lag <= highest; ++lag) {
      if (best && correlation.at(lag) <= correlation.at(*best)) continue;
      if (std::ranges::none_of(peaks, [&](std::int64_t peak) { return std::abs(peak - lag) < apart; })) best = lag;
    }
    if (!best) break;
    peaks.push_back(*best);
  }
  return peaks;
}

// One look at the waveforms: normalised correlation of a piece of the reference with the degraded signal, for lags
// within `radius` of the candidate.
struct Probe {
  double centre_s = 0;
  std::vector<float> correlation;  // index 0 is lag -radius
};

struct Probes {
  std::int64_t radius = 0;
  std::vector<Probe> all;
};

// Samples [begin, begin + length) without rumble, zeros outside the signal.
std::vector<float> piece(std::span<const float> signal, std::int64_t begin, std::size_t length) {
  constexpr std::int64_t warm_up = 512;
  const auto size = static_cast<std::int64_t>(signal.size());
  RumbleFilter filter;
  std::vector<float> out(length);
  for (std::int64_t n = begin - warm_up; n < begin + static_cast<std::int64_t>(length); ++n) {
    const float value = filter.next(n >= 0 && n < size ? signal[static_cast<std::size_t>(n)] : 0.0F);
    if (n >= begin) out[static_cast<std::size_t>(n - begin)] = value;
  }
  return out;
}

std::vector<float> normalised(const CrossCorrelation& raw, double reference_energy, std::span<const float> degraded,
                              std::size_t length, std::size_t lag_count) {
  std::vector<float> out(lag_count);
  const auto square = [](float x) { return static_cast<double>(x) * static_cast<double>(x); };
  double running = 0;
  for (std::size_t i = 0; i < length; ++i) running += square(degraded[i]);
  const double least = 1e-12 * static_cast<double>(length);
  for (std::size_t lag = 0; lag < lag_count; ++lag) {
    const double scale = reference_energy > least && running > least ? 1 / std::sqrt(reference_energy * running) : 0;
    out[lag] = raw.at(static_cast<std::int64_t>(lag)) * static_cast<float>(scale);
    if (lag + 1 < lag_count) running += square(degraded[lag + length]) - square(degraded[lag]);
  }
  return out;
}

// The loudest place for a probe within [begin, end) of the contour.
std::size_t loudest(std::span<const float> contour, std::size_t begin, std::size_t end, std::size_t length) {
  std::size_t best = begin;
  double sum = 0;
  for (std::size_t i = begin; i < begin + length; ++i) sum += static_cast<double>(contour[i]);
  double best_sum = sum;
  for (std::size_t i = begin; i + length < end; ++i) {
    sum += static_cast<double>(contour[i + length]) - static_cast<double>(contour[i]);
    if (sum > best_sum) {
      best_sum = sum;
      best = i + 1;
    }
  }
  return best;
}

Probes probe(std::span<const float> reference, std::span<const float> degraded, std::span<const float> loudness,
             int sample_rate_hz, std::int64_t lag) {
  const auto step = static_cast<std::size_t>(sample_rate_hz / contour_rate_hz);
  const Overlap overlap = overlap_at(lag, reference.size(), degraded.size());
  const std::size_t begin = overlap.reference_begin / step;
  const std::size_t end = std::min(loudness.size(), (overlap.reference_begin + overlap.length) / step);
  Probes probes;
  probes.radius = static_cast<std::int64_t>(probe_margin_s * sample_rate_hz);
  if (end <= begin) return probes;
  const std::size_t steps = std::min(end - begin, static_cast<std::size_t>(probe_s * contour_rate_hz));
  const std::size_t count = std::min(most_probes, (end - begin) / steps);
  const std::size_t length = steps * step;
  const auto lag_count = static_cast<std::size_t>(2 * probes.radius + 1);
  CrossCorrelation correlation(length, length + lag_count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t part_begin = begin + (end - begin) * i / count;
    const std::size_t part_end = begin + (end - begin) * (i + 1) / count;
    const auto place = static_cast<std::int64_t>(loudest(loudness, part_begin, part_end, steps) * step);
    const auto a = piece(reference, place, length);
    const auto b = piece(degraded, place + lag - probes.radius, length + lag_count);
    correlation.run(a, b);
    const double reference_energy = static_cast<double>(dsp::energy(a.data(), a.size()));
    probes.all.push_back({(static_cast<double>(place) + static_cast<double>(length) / 2) / sample_rate_hz,
                          normalised(correlation, reference_energy, b, length, lag_count)});
  }
  return probes;
}

std::size_t strongest(std::span<const float> correlation) {
  const auto weaker = [](float a, float b) { return std::abs(a) < std::abs(b); };
  return static_cast<std::size_t>(std::max_element(correlation.begin(), correlation.end(), weaker) -
                                  correlation.begin());
}

struct Peak {
  std::int64_t shift = 0;  // from the candidate
  double correlation = 0;  // signed
};

Peak common_peak(const Probes& probes) {
  if (probes.all.empty()) return {};
  std::vector<float> total(probes.all.front().correlation.size());
  for (const Probe& probe : probes.all)
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += probe.correlation[i];
  const std::size_t best = strongest(total);
  return {static_cast<std::int64_t>(best) - probes.radius,
          static_cast<double>(total[best]) / static_cast<double>(probes.all.size())};
}

struct Drift {
  double samples_per_s = 0;
  double middle_shift = 0;
};

// A straight line through the clear peaks of the single probes, least squares; nothing when they agree or are few.
std::optional<Drift> find_drift(const Probes& probes) {
  constexpr double clear = 0.3;
  std::vector<std::pair<double, double>> points;
  for (const Probe& probe : probes.all) {
    const std::size_t best = strongest(probe.correlation);
    if (std::abs(static_cast<double>(probe.correlation[best])) < clear) continue;
    points.emplace_back(probe.centre_s, static_cast<double>(best) - static_cast<double>(probes.radius));
  }
  if (points.size() < 4) return std::nullopt;
  double mean_t = 0, mean_y = 0;
  for (const auto& [t, y] : points) {
    mean_t += t / static_cast<double>(points.size());
    mean_y += y / static_cast<double>(points.size());
  }
  double tt = 0, ty = 0;
  for (const auto& [t, y] : points) {
    tt += (t - mean_t) * (t - mean_t);
    ty += (t - mean_t) * (y - mean_y);
  }
  const double slope = ty / tt;
  const double worst = std::accumulate(points.begin(), points.end(), 0.0, [&](double acc, const auto& point) {
    return std::max(acc, std::abs(point.second - mean_y - slope * (point.first - mean_t)));
  });
  const double range = std::abs(slope) * (points.back().first - points.front().first);
  if (range < 2 || worst > std::max(1.5, 0.1 * range)) return std::nullopt;
  return Drift{slope, mean_y};
}

double rms_gain(std::span<const float> reference, std::span<const float> degraded) {
  constexpr std::size_t block = 1 << 16;
  double reference_energy = 0;
  double degraded_energy = 0;
  for (std::size_t begin = 0; begin < reference.size(); begin += block) {
    const std::size_t count = std::min(block, reference.size() - begin);
    reference_energy += static_cast<double>(dsp::energy(reference.data() + begin, count));
    degraded_energy += static_cast<double>(dsp::energy(degraded.data() + begin, count));
  }
  return reference_energy > 0 ? std::sqrt(degraded_energy / reference_energy) : 1;
}

}  // namespace

bool AlignmentResult::trustworthy() const noexcept {
  return correlation >= waveform_bound || envelope_correlation >= envelope_bound;
}

AlignmentResult align(std::span<const float> reference, std::span<const float> degraded, int sample_rate_hz,
                      const std::stop_token& stop) {
  const auto reference_contour = loudness_contour(reference, sample_rate_hz);
  core::throw_if_stopped(stop);
  const auto degraded_contour = loudness_contour(degraded, sample_rate_hz);
  core::throw_if_stopped(stop);
  AlignmentResult result;
  if (reference_contour.empty() || degraded_contour.empty()) return result;
  const std::int64_t step = sample_rate_hz / contour_rate_hz;
  double best = 0;
  for (const std::int64_t candidate : candidate_lags(reference_contour, degraded_contour)) {
    core::throw_if_stopped(stop);
    const auto probes = probe(reference, degraded, reference_contour, sample_rate_hz, candidate * step);
    const Peak peak = common_peak(probes);
    const auto drift = find_drift(probes);
    const double correlation = std::abs(peak.correlation);
    // What is heard twice, as a jingle, fits as well where only that overlaps.
    const double weight =
        correlation * static_cast<double>(overlap_at(candidate * step, reference.size(), degraded.size()).length);
    if (weight <= best) continue;
    best = weight;
    result.correlation = correlation;
    result.inverted = peak.correlation < 0;
    result.drift_ppm = drift ? drift->samples_per_s / sample_rate_hz * 1e6 : 0;
    result.lag_samples = candidate * step + (drift ? std::llround(drift->middle_shift) : peak.shift);
  }
  core::throw_if_stopped(stop);
  const Overlap overlap = overlap_at(result.lag_samples, reference.size(), degraded.size());
  const auto matched_reference = reference.subspan(overlap.reference_begin, overlap.length);
  const auto matched_degraded = degraded.subspan(overlap.degraded_begin, overlap.length);
  result.gain = rms_gain(matched_reference, matched_degraded);
  result.envelope_correlation =
      pearson(loudness_contour(matched_reference, sample_rate_hz), loudness_contour(matched_degraded, sample_rate_hz));
  return result;
}

}  // namespace chasqui::quality
