#include "audio/longterm.hpp"

#include "audio/analysis.hpp"
#include "audio/spectrum.hpp"

#include <array>
#include <numeric>

namespace chasqui::audio {
namespace {

double sum(std::span<const double> power, double from_hz, double to_hz) {
  const auto from = std::min(static_cast<std::size_t>(std::lround(from_hz / bin_hz)), power.size());
  const auto to = std::min(static_cast<std::size_t>(std::lround(to_hz / bin_hz)), power.size());
  return std::accumulate(power.begin() + static_cast<std::ptrdiff_t>(from),
                         power.begin() + static_cast<std::ptrdiff_t>(to), 0.0);
}

float centroid(std::span<const double> power, double total) {
  double weighted = 0;
  for (std::size_t k = 0; k < bin_count; ++k) weighted += power[k] * static_cast<double>(k);
  return static_cast<float>(weighted / total) * bin_hz;
}

float rolloff(std::span<const double> power, double total) {
  double running = 0;
  std::size_t k = 0;
  while (k + 1 < bin_count && (running += power[k]) < 0.85 * total) ++k;
  return static_cast<float>(k) * bin_hz;
}

/// The highest frequency up to which the spectrum stands out of its own floor: where three neighbouring 125 Hz bands
/// last exceed the weakest band by 6 dB, counting at most 65 and at least 20 dB below the strongest.
float bandwidth(std::span<const float> db) {
  const float peak = *std::ranges::max_element(db);
  const float weakest = *std::ranges::min_element(db);
  const float threshold = std::clamp(weakest + 6, peak - 65, peak - 20);
  for (std::size_t band = db.size(); band >= 3; --band) {
    if (db[band - 1] >= threshold && db[band - 2] >= threshold && db[band - 3] >= threshold)
      return static_cast<float>(band * coarse_width) * bin_hz;
  }
  const auto strongest = std::ranges::max_element(db) - db.begin();
  return (static_cast<float>(strongest) + 1) * coarse_width * bin_hz;
}

/// Slope of a straight line through the densities of the third-octave bands from 200 Hz to 6.3 kHz.
float tilt(std::span<const double> power, double total) {
  constexpr int bands = 16;
  double sum_xy = 0;
  constexpr double centre_x = (bands - 1) / 6.0;
  double sum_xx = 0;
  for (int band = 0; band < bands; ++band) {
    const double hz = 200 * std::pow(2.0, band / 3.0);
    const double low = hz * std::pow(2.0, -1.0 / 6);
    const double high = hz * std::pow(2.0, 1.0 / 6);
    const double bins = std::round(high / 25) - std::round(low / 25);
    const double density = sum(power, low, high) / total / bins;
    const double x = band / 3.0 - centre_x;
    const double y = 10 * std::log10(std::max(density, 1e-8));
    sum_xy += x * y;
    sum_xx += x * x;
  }
  return static_cast<float>(sum_xy / sum_xx);
}

}  // namespace

void describe_bandwidth(std::span<const float> power, Features& features) {
  const std::size_t frames = power.size() / coarse_count;
  if (frames == 0) return;
  std::vector<float> db;
  std::vector<float> course(frames);
  for (std::size_t band = 0; band < coarse_count; ++band) {
    for (std::size_t frame = 0; frame < frames; ++frame) course[frame] = power[frame * coarse_count + band];
    db.push_back(static_cast<float>(10 * std::log10(static_cast<double>(quantile(course, 0.95)) + 1e-20)));
  }
  if (*std::ranges::max_element(db) > -120) features[FeatureId::bandwidth_hz] = bandwidth(db);
}

void describe_longterm(std::span<const double> power, Features& features) {
  using enum FeatureId;
  const double total = sum(power, 0, 16'000);
  if (!(total > 1e-20)) return;
  features[centroid_hz] = centroid(power, total);
  features[rolloff_hz] = rolloff(power, total);
  features[tilt_db_per_octave] = tilt(power, total);
  constexpr std::array edges_hz = {0.0, 300.0, 1'000.0, 2'000.0, 4'000.0, 8'000.0, 16'000.0};
  for (std::size_t band = 0; band + 1 < edges_hz.size(); ++band) {
    features.values[static_cast<std::size_t>(share_below_300_hz) + band] =
        static_cast<float>(sum(power, edges_hz[band], edges_hz[band + 1]) / total);
  }
}

}  // namespace chasqui::audio
