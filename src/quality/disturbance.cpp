#include "quality/disturbance.hpp"

#include "dsp/fft.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>

namespace chasqui::quality {
namespace {

using Bands = std::array<float, bark_bands>;

constexpr std::size_t bin_count = bark_frame / 2 + 1;
constexpr double bin_hz = static_cast<double>(bark_rate_hz) / bark_frame;
constexpr double lowest_hz = 60;
constexpr double highest_hz = 7'900;
constexpr float playback_power = 2e10F;  // to which what lies from 350 to 3250 Hz is brought on average
constexpr std::size_t syllable_frames = 20;
constexpr float most_disturbed = 45;  // of a frame

double bark(double hz) {
  return 6 * std::asinh(hz / 600);
}

// |H|^2 of the second-order high-pass at 100 Hz of ITU-T P.862.2.
double high_pass_power(double hz) {
  const std::complex<double> delay = std::polar(1.0, -2 * std::numbers::pi * hz / bark_rate_hz);
  return std::norm((1.0 - 2.0 * delay + delay * delay) / (1.0 - 1.8890331 * delay + 0.89487434 * delay * delay));
}

// Terhardt, "Calculating virtual pitch", Hearing Research 1, 1979, as power; 6 dB lower, as the ear hears with both.
double hearing_threshold(double hz) {
  const double khz = hz / 1000;
  const double db =
      3.64 * std::pow(khz, -0.8) - 6.5 * std::exp(-0.6 * (khz - 3.3) * (khz - 3.3)) + 1e-3 * khz * khz * khz * khz;
  return std::pow(10, (db - 6) / 10);
}

/// The bins that a band takes power from.
struct BandBins {
  std::size_t begin = 0;
  std::vector<float> weights;
};

double mean_over(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(std::max<std::size_t>(values.size(), 1));
}

// L6 over syllables that overlap by half, L2 over the syllables.
double over_time(std::span<const float> frames) {
  double total = 0;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin == 0 || begin + syllable_frames <= frames.size(); begin += syllable_frames / 2) {
    const auto syllable = frames.subspan(begin, std::min(syllable_frames, frames.size() - begin));
    double sixth = 0;
    for (const float frame : syllable) sixth += std::pow(static_cast<double>(frame), 6);
    total += std::cbrt(sixth / static_cast<double>(syllable.size()));
    ++count;
  }
  return std::sqrt(total / static_cast<double>(count));
}

}  // namespace

struct DisturbanceModel::Tables {
  Tables() : fft(bark_frame), window(bark_frame) {
    for (std::size_t i = 0; i < bark_frame; ++i)
      window[i] = static_cast<float>(
          0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(bark_frame)));
    const double first = bark(lowest_hz);
    width = static_cast<float>((bark(highest_hz) - first) / bark_bands);
    for (std::size_t band = 0; band < bark_bands; ++band) {
      const double low = first + static_cast<double>(band) * static_cast<double>(width);
      set_bins(bins[band], low, low + static_cast<double>(width));
      const double centre = low + static_cast<double>(width) / 2;
      // The loudness of low bands grows faster.
      const double steeper = centre < 4 ? std::pow(std::min(6 / (centre + 2), 2.0), 0.15) : 1;
      exponent[band] = static_cast<float>(0.23 * steeper);
      threshold[band] = static_cast<float>(hearing_threshold(600 * std::sinh(centre / 6)));
      scale[band] = static_cast<float>(0.1866 * std::pow(static_cast<double>(threshold[band]) / 0.5, 0.23 * steeper));
    }
  }

  static void set_bins(BandBins& band, double low, double high) {
    for (std::size_t bin = 0; bin < bin_count; ++bin) {
      const double hz = static_cast<double>(bin) * bin_hz;
      const double from = bark(std::max(hz - bin_hz / 2, 0.0));
      const double to = bark(hz + bin_hz / 2);
      const double share = (std::min(to, high) - std::max(from, low)) / (to - from);
      if (share <= 0) continue;
      if (band.weights.empty()) band.begin = bin;
      band.weights.push_back(static_cast<float>(share * high_pass_power(hz)));
    }
  }

  [[nodiscard]] Bands loudness(const Bands& power) const {
    Bands sones;
    for (std::size_t band = 0; band < bark_bands; ++band) {
      const float over = power[band] / threshold[band];
      sones[band] = over < 1 ? 0 : scale[band] * (std::exp(exponent[band] * std::log(0.5F + 0.5F * over)) - 1);
    }
    return sones;
  }

  // Of what is `times` above the threshold of hearing; the lowest band does not count.
  [[nodiscard]] float audible(const Bands& power, float times = 1) const {
    float sum = 0;
    for (std::size_t band = 1; band < bark_bands; ++band)
      sum += power[band] > times * threshold[band] ? power[band] : 0.0F;
    return sum;
  }

  dsp::RealFft fft;
  dsp::AlignedVector<float> window;
  float width = 0;
  std::array<BandBins, bark_bands> bins;
  Bands exponent{};
  Bands threshold{};
  Bands scale{};
};

DisturbanceModel::DisturbanceModel() : tables_(std::make_unique<const Tables>()) {}
DisturbanceModel::DisturbanceModel(DisturbanceModel&&) noexcept = default;
DisturbanceModel& DisturbanceModel::operator=(DisturbanceModel&&) noexcept = default;
DisturbanceModel::~DisturbanceModel() = default;

BarkSpectrogram DisturbanceModel::spectrogram(std::span<const float> signal) const {
  constexpr auto first_bin = static_cast<std::size_t>(350 / bin_hz) + 1;
  constexpr auto last_bin = static_cast<std::size_t>(3'250 / bin_hz);
  BarkSpectrogram result;
  if (signal.size() < bark_frame) return result;
  const std::size_t frames = (signal.size() - bark_frame) / bark_hop + 1;
  result.power.resize(frames);
  result.telephone_power.resize(frames);
  dsp::AlignedVector<float> time(bark_frame);
  dsp::AlignedVector<std::complex<float>> spectrum(bin_count);
  std::array<float, bin_count> power{};
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const float* samples = signal.data() + frame * bark_hop;
    for (std::size_t i = 0; i < bark_frame; ++i) time[i] = samples[i] * tables_->window[i];
    tables_->fft.forward(time, spectrum);
    for (std::size_t bin = 0; bin < bin_count; ++bin) power[bin] = std::norm(spectrum[bin]);
    for (std::size_t band = 0; band < bark_bands; ++band) {
      const BandBins& bins = tables_->bins[band];
      result.power[frame][band] =
          std::inner_product(bins.weights.begin(), bins.weights.end(), power.begin() + bins.begin, 0.0F);
    }
    result.telephone_power[frame] = std::accumulate(power.begin() + first_bin, power.begin() + last_bin + 1, 0.0F);
  }
  return result;
}

Disturbance DisturbanceModel::compare(const BarkSpectrogram& reference, const BarkSpectrogram& degraded,
                                      std::size_t begin, std::size_t end) const {
  end = std::min({end, reference.power.size(), degraded.power.size()});
  if (begin >= end) return {};
  const Tables& tables = *tables_;
  const std::size_t frames = end - begin;
  const auto brought_to_playback = [&](const BarkSpectrogram& sound) {
    const double mean = mean_over(std::span(sound.telephone_power).subspan(begin, frames));
    const auto gain = static_cast<float>(static_cast<double>(playback_power) / (mean + 1e-9));
    std::vector<Bands> power(sound.power.begin() + static_cast<std::ptrdiff_t>(begin),
                             sound.power.begin() + static_cast<std::ptrdiff_t>(end));
    for (Bands& bands : power)
      for (float& value : bands) value *= gain;
    return power;
  };
  std::vector<Bands> original = brought_to_playback(reference);
  std::vector<Bands> coded = brought_to_playback(degraded);

  // A steady difference of frequency response is evened out, up to 20 dB.
  std::array<double, bark_bands> original_mean{};
  std::array<double, bark_bands> coded_mean{};
  std::size_t active = 0;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    if (tables.audible(original[frame], 100) <= 1e7F) continue;
    ++active;
    for (std::size_t band = 0; band < bark_bands; ++band) {
      const float clearly = 1'000 * tables.threshold[band];
      if (original[frame][band] > clearly) original_mean[band] += static_cast<double>(original[frame][band]);
      if (coded[frame][band] > clearly) coded_mean[band] += static_cast<double>(coded[frame][band]);
    }
  }
  if (active == 0) return {};
  Bands response;
  for (std::size_t band = 0; band < bark_bands; ++band) {
    const auto count = static_cast<double>(active);
    response[band] = static_cast<float>(
        std::clamp((coded_mean[band] / count + 1e3) / (original_mean[band] / count + 1e3), 0.01, 100.0));
  }

  std::vector<float> symmetric(frames);
  std::vector<float> asymmetric(frames);
  float smoothed = 1;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    Bands& x = original[frame];
    Bands& y = coded[frame];
    for (std::size_t band = 0; band < bark_bands; ++band) x[band] *= response[band];
    const float heard = tables.audible(x);
    smoothed = 0.2F * smoothed + 0.8F * (heard + 5e3F) / (tables.audible(y) + 5e3F);
    const float gain = std::clamp(smoothed, 3e-4F, 5.0F);
    for (float& value : y) value *= gain;
    const Bands loud_x = tables.loudness(x);
    const Bands loud_y = tables.loudness(y);
    float squares = 0;
    float added = 0;
    for (std::size_t band = 1; band < bark_bands; ++band) {
      const float masked = 0.25F * std::min(loud_x[band], loud_y[band]);
      const float difference = std::max(std::abs(loud_y[band] - loud_x[band]) - masked, 0.0F);
      squares += difference * difference;
      // (ratio)^1.2 below 3 counts as nothing, above 12 as 12.
      const float ratio = (y[band] + 50) / (x[band] + 50);
      if (ratio < 2.498F || difference == 0) continue;
      added += difference * std::min(std::pow(ratio, 1.2F), 12.0F);
    }
    const float total_width = tables.width * (bark_bands - 1);
    const float quiet = std::pow((heard + 1e5F) / 1e7F, 0.04F);
    symmetric[frame] =
        std::min(std::sqrt(squares * tables.width * tables.width / total_width) * total_width / quiet, most_disturbed);
    asymmetric[frame] = std::min(added * tables.width / quiet, most_disturbed);
  }
  return {over_time(symmetric), over_time(asymmetric)};
}

}  // namespace chasqui::quality
