#include "quality/disturbance.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace chasqui::quality {
namespace {

constexpr double playback_power = 1.7e9;  // to which what lies from 350 to 3250 Hz is brought on average
constexpr std::size_t frame_step = 2;     // of the spectrogram's frames, every other one
constexpr std::size_t syllable_frames = 20;
constexpr float most_disturbed = 45;  // of a frame

// Terhardt, "Calculating virtual pitch", Hearing Research 1, 1979, as power. The last line is what PESQ-WB is predicted
// best with (docs/quality.md): a little higher, the more so the farther from 1 kHz.
double hearing_threshold(double hz) {
  const double khz = std::max(hz, 20.0) / 1000;
  const double terhardt_db =
      3.64 * std::pow(khz, -0.8) - 6.5 * std::exp(-0.6 * (khz - 3.3) * (khz - 3.3)) + 1e-3 * khz * khz * khz * khz;
  const double octaves = std::log2(khz);
  return std::pow(10, (terhardt_db + 6.4 + (octaves > 0 ? 1.7 : -1.0) * octaves) / 10);
}

// Every other frame from `begin` on.
std::vector<BarkBands> at_playback_level(const BarkSpectrogram& sound, std::size_t begin, std::size_t end) {
  std::vector<BarkBands> power;
  power.reserve((end - begin) / frame_step + 1);
  double telephone = 0;
  for (std::size_t frame = begin; frame < end; frame += frame_step) {
    power.push_back(sound.power[frame]);
    telephone += static_cast<double>(sound.telephone_power[frame]);
  }
  const double mean = telephone / static_cast<double>(power.size());
  const auto gain = static_cast<float>(playback_power / (mean + 1e-9));
  for (BarkBands& bands : power)
    for (float& value : bands) value *= gain;
  return power;
}

// L6 over syllables that overlap by half, L2 over the syllables. The last ones may end in silence.
double over_time(std::span<const float> frames) {
  double total = 0;
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < frames.size(); begin += syllable_frames / 2) {
    double sixth = 0;
    for (const float frame : frames.subspan(begin, std::min(syllable_frames, frames.size() - begin))) {
      const double squared = static_cast<double>(frame) * static_cast<double>(frame);
      sixth += squared * squared * squared;
    }
    total += std::cbrt(sixth / syllable_frames);
    ++count;
  }
  return std::sqrt(total / static_cast<double>(count));
}

}  // namespace

struct DisturbanceModel::Tables {
  Tables() {
    for (std::size_t band = 0; band < bark_bands; ++band) {
      const double centre = filters.centre(band);
      // The loudness of low bands grows faster.
      const double steeper = centre < 4 ? std::pow(std::min(6 / (centre + 2), 2.0), 0.15) : 1;
      exponent[band] = static_cast<float>(0.23 * steeper);
      threshold[band] = static_cast<float>(hearing_threshold(filters.centre_hz(band)));
      scale[band] = static_cast<float>(0.1866 * std::pow(static_cast<double>(threshold[band]) / 0.5, 0.23 * steeper));
      if (band > 0) total_width += filters.width(band);
    }
  }

  [[nodiscard]] BarkBands loudness(const BarkBands& power) const {
    BarkBands sones;
    for (std::size_t band = 0; band < bark_bands; ++band) {
      const float over = power[band] / threshold[band];
      sones[band] = over < 1 ? 0 : scale[band] * (std::exp(exponent[band] * std::log(0.5F + 0.5F * over)) - 1);
    }
    return sones;
  }

  // Of what is `times` above the threshold of hearing; the lowest band does not count.
  [[nodiscard]] float audible(const BarkBands& power, float times = 1) const {
    float sum = 0;
    for (std::size_t band = 1; band < bark_bands; ++band)
      sum += power[band] > times * threshold[band] ? power[band] : 0.0F;
    return sum;
  }

  // By what a steady difference of frequency response is evened out, up to 20 dB. PESQ leaves out what is less than 20
  // dB above the threshold of hearing, so that a band near it can be evened out by 20 dB for one frame's sake.
  [[nodiscard]] BarkBands response(std::span<const BarkBands> original, std::span<const BarkBands> coded) const {
    std::array<double, bark_bands> original_sum{};
    std::array<double, bark_bands> coded_sum{};
    for (std::size_t frame = 0; frame < original.size(); ++frame) {
      if (audible(original[frame], 100) < 1e7F) continue;
      for (std::size_t band = 0; band < bark_bands; ++band) {
        original_sum[band] += static_cast<double>(original[frame][band]);
        coded_sum[band] += static_cast<double>(coded[frame][band]);
      }
    }
    const double little = 1e3 * static_cast<double>(original.size());
    BarkBands ratio;
    for (std::size_t band = 0; band < bark_bands; ++band)
      ratio[band] =
          static_cast<float>(std::clamp((coded_sum[band] + little) / (original_sum[band] + little), 0.01, 100.0));
    return ratio;
  }

  // L2 over bands of all differences less what is masked, and L1 of those alone by which something was added.
  [[nodiscard]] std::pair<float, float> difference(const BarkBands& x, const BarkBands& y) const {
    const BarkBands loud_x = loudness(x);
    const BarkBands loud_y = loudness(y);
    float squares = 0;
    float added = 0;
    for (std::size_t band = 1; band < bark_bands; ++band) {
      const float masked = 0.25F * std::min(loud_x[band], loud_y[band]);
      const float over = std::max(std::abs(loud_y[band] - loud_x[band]) - masked, 0.0F) * filters.width(band);
      squares += over * over;
      // (ratio)^1.2 below 3 counts as nothing, above 12 as 12.
      const float ratio = (y[band] + 50) / (x[band] + 50);
      if (ratio < 2.498F || over == 0) continue;
      added += over * std::min(std::pow(ratio, 1.2F), 12.0F);
    }
    return {std::sqrt(squares * total_width), added};
  }

  BarkFilterBank filters;
  float total_width = 0;
  BarkBands exponent{};
  BarkBands threshold{};
  BarkBands scale{};
};

DisturbanceModel::DisturbanceModel() : tables_(std::make_unique<const Tables>()) {}
DisturbanceModel::DisturbanceModel(DisturbanceModel&&) noexcept = default;
DisturbanceModel& DisturbanceModel::operator=(DisturbanceModel&&) noexcept = default;
DisturbanceModel::~DisturbanceModel() = default;

BarkSpectrogram DisturbanceModel::spectrogram(std::span<const float> signal, const std::stop_token& stop) const {
  return tables_->filters.spectrogram(signal, stop);
}

Disturbance DisturbanceModel::compare(const BarkSpectrogram& reference, const BarkSpectrogram& degraded,
                                      std::size_t begin, std::size_t end) const {
  end = std::min({end, reference.power.size(), degraded.power.size()});
  if (begin >= end) return {};
  std::vector<BarkBands> original = at_playback_level(reference, begin, end);
  std::vector<BarkBands> coded = at_playback_level(degraded, begin, end);
  const BarkBands response = tables_->response(original, coded);

  std::vector<float> symmetric(original.size());
  std::vector<float> asymmetric(original.size());
  float smoothed = 1;
  for (std::size_t frame = 0; frame < original.size(); ++frame) {
    BarkBands& x = original[frame];
    BarkBands& y = coded[frame];
    for (std::size_t band = 0; band < bark_bands; ++band) x[band] *= response[band];
    const float heard = tables_->audible(x);
    const float gain = (heard + 5e3F) / (tables_->audible(y) + 5e3F);
    smoothed = frame == 0 ? gain : 0.2F * smoothed + 0.8F * gain;
    for (float& value : y) value *= std::clamp(smoothed, 3e-4F, 5.0F);
    const auto [all, added] = tables_->difference(x, y);
    const float quiet = std::pow((heard + 1e5F) / 1e7F, 0.04F);
    symmetric[frame] = std::min(all / quiet, most_disturbed);
    asymmetric[frame] = std::min(added / quiet, most_disturbed);
  }
  return {over_time(symmetric), over_time(asymmetric)};
}

}  // namespace chasqui::quality
