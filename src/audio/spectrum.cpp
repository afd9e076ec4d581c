#include "audio/spectrum.hpp"

#include "audio/analysis.hpp"
#include "audio/longterm.hpp"
#include "dsp/fft.hpp"

#include <numbers>
#include <numeric>

namespace chasqui::audio {
namespace {

constexpr std::size_t all_bins = frame_length / 2 + 1;
constexpr std::size_t fine_from = 8;    // 200 Hz
constexpr std::size_t fine_to = 160;    // 4 kHz: the range of flatness and entropy
constexpr std::size_t tonal_to = 200;   // 5 kHz: where steady partials are looked for
constexpr std::uint8_t steady_age = 6;  // frames: 120 ms
constexpr float inaudible = 1e-9F;      // power of a frame (of a full-scale square wave: 1)

struct Plan {
  dsp::RealFft fft{frame_length};
  std::array<float, frame_length> window{};  // Hann, scaled so that |X|^2 of a frame sums to its mean power

  Plan() {
    double energy = 0;
    for (std::size_t i = 0; i < frame_length; ++i) {
      const double hann = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / frame_length);
      window[i] = static_cast<float>(hann);
      energy += hann * hann;
    }
    const auto scale = static_cast<float>(std::sqrt(2 / (energy * frame_length)));
    for (float& value : window) value *= scale;
  }
};

const Plan& plan() {
  static const Plan made;  // immutable; made once because planning costs more than a piece
  return made;
}

/// Edges, in bins, of 40 bands: 100 Hz wide up to 1 kHz, then growing like the critical bands, to 16 kHz.
constexpr auto band_edges = [] {
  std::array<std::size_t, 41> edges{};
  double at = 4.5;  // half a bin up, so that the cast rounds
  for (std::size_t& edge : edges) {
    edge = static_cast<std::size_t>(at);
    at = at < 40 ? at + 4 : (at - 0.5) * 1.0936 + 0.5;
  }
  edges.back() = bin_count;
  return edges;
}();

class Analysis {
 public:
  Analysis(std::span<const float> mono, const LevelTrack& levels) : mono_(mono), levels_(levels) {}

  SpectrumTrack run(Features& features);

 private:
  void load(std::size_t frame);
  void add_longterm();
  void describe_fine(bool active);
  void describe_bands(std::size_t frame);
  float age_partials();
  void describe_bed(Features& features) const;

  std::span<const float> mono_;
  const LevelTrack& levels_;
  dsp::AlignedVector<float> time_ = dsp::AlignedVector<float>(frame_length);
  dsp::AlignedVector<std::complex<float>> spectrum_ = dsp::AlignedVector<std::complex<float>>(plan().fft.bins());
  std::array<float, all_bins> power_{};
  std::array<double, all_bins> longterm_{};
  std::array<std::uint8_t, tonal_to + 1> ages_{};
  std::array<float, band_edges.size() - 1> bands_db_{};
  SpectrumTrack track_;
  // per frame
  std::vector<float> totals_;
  std::vector<float> tonal_;
  std::vector<float> flat_db_;
  // per active frame
  std::vector<float> entropy_;
  std::vector<float> active_flat_db_;
  std::vector<float> active_flux_db_;
  std::vector<float> centroids_hz_;
  std::vector<float> coarse_;  // coarse_count each
};

void Analysis::load(std::size_t frame) {
  const auto part = mono_.subspan(frame * frame_hop, std::min(frame_length, mono_.size() - frame * frame_hop));
  const auto& window = plan().window;
  for (std::size_t i = 0; i < part.size(); ++i) time_[i] = part[i] * window[i];
  std::fill(time_.begin() + static_cast<std::ptrdiff_t>(part.size()), time_.end(), 0.0F);
  plan().fft.forward(time_, spectrum_);
  for (std::size_t k = 0; k < all_bins; ++k)
    power_[k] = spectrum_[k].real() * spectrum_[k].real() + spectrum_[k].imag() * spectrum_[k].imag();
}

void Analysis::add_longterm() {
  for (std::size_t k = 0; k < all_bins; ++k) longterm_[k] += static_cast<double>(power_[k]);
  for (std::size_t band = 0; band < coarse_count; ++band) {
    float power = 0;
    for (std::size_t k = 0; k < coarse_width; ++k) power += power_[band * coarse_width + k];
    coarse_.push_back(power);
  }
}

/// Flatness: geometric over arithmetic mean. Entropy: of the normalised spectrum, over its largest value.
void Analysis::describe_fine(bool active) {
  constexpr float bins = fine_to - fine_from;
  float sum = 0;
  float logs = 0;
  float weighted = 0;
  for (std::size_t k = fine_from; k < fine_to; ++k) {
    const float power = power_[k] + 1e-14F;
    const float log = std::log(power);
    sum += power;
    logs += log;
    weighted += power * log;
  }
  flat_db_.push_back((logs / bins - std::log(sum / bins)) * 4.3429448F);
  if (!active) return;
  active_flat_db_.push_back(flat_db_.back());
  entropy_.push_back(std::clamp((std::log(sum) - weighted / sum) / std::log(bins), 0.0F, 1.0F));
}

void Analysis::describe_bands(std::size_t frame) {
  float change = 0;
  float rise = 0;
  float total = 0;
  float weighted = 0;
  float speech = 0;
  for (std::size_t band = 0; band < bands_db_.size(); ++band) {
    const std::size_t from = band_edges[band];
    const std::size_t to = band_edges[band + 1];
    float power = 0;
    for (std::size_t k = from; k < to; ++k) power += power_[k];
    const float centre_hz = static_cast<float>(from + to - 1) * bin_hz / 2;
    total += power;
    weighted += power * centre_hz;
    if (centre_hz > 300 && centre_hz < 4'000) speech += power;
    const float db = 4.3429448F * std::log(power / static_cast<float>(to - from) + 1e-12F);
    const float step = db - bands_db_[band];
    change += std::abs(step);
    rise += std::max(step, 0.0F);
    bands_db_[band] = db;
  }
  constexpr auto bands = static_cast<float>(band_edges.size() - 1);
  track_.speech_power.push_back(speech);
  track_.flux_db.push_back(frame == 0 ? 0 : change / bands);
  track_.onset_db.push_back(frame == 0 ? 0 : rise / bands);
  totals_.push_back(total);
  if (levels_.active[frame] == 0 || total < inaudible) return;
  centroids_hz_.push_back(weighted / total);
  if (frame > 0) active_flux_db_.push_back(track_.flux_db.back());
}

/// Share of the power below 5 kHz that lies in partials which have stood still (to one bin) for 120 ms.
float Analysis::age_partials() {
  float total = 1e-12F;
  float steady = 0;
  std::uint8_t before = 0;  // the age of bin k - 1 in the frame before
  for (std::size_t k = 3; k < tonal_to; ++k) {
    const std::uint8_t here = ages_[k];
    total += power_[k];
    const bool peak = power_[k] > power_[k - 1] && power_[k] >= power_[k + 1] &&
                      power_[k] > 2 * (power_[k - 3] + power_[k + 3]) && power_[k] > 1e-12F;
    const auto age = std::max({before, here, ages_[k + 1]});
    ages_[k] = peak ? static_cast<std::uint8_t>(std::min(age + 1, 255)) : std::uint8_t{0};
    before = here;
    if (ages_[k] >= steady_age) steady += power_[k - 1] + power_[k] + power_[k + 1];
  }
  return std::min(steady / total, 1.0F);
}

/// The quietest fifth of the audible frames: what lies under the speech.
void Analysis::describe_bed(Features& features) const {
  const float limit = quantile(totals_, 0.2);
  std::vector<float> tonal;
  std::vector<float> flat_db;
  for (std::size_t frame = 0; frame < totals_.size(); ++frame) {
    if (totals_[frame] > limit || totals_[frame] < inaudible) continue;
    tonal.push_back(tonal_[frame]);
    flat_db.push_back(flat_db_[frame]);
  }
  features[FeatureId::bed_tonality] = mean(tonal);
  features[FeatureId::bed_flatness_db] = mean(flat_db);
}

SpectrumTrack Analysis::run(Features& features) {
  for (std::size_t frame = 0; frame < levels_.active.size(); ++frame) {
    load(frame);
    const bool active = levels_.active[frame] != 0;
    if (active) add_longterm();
    describe_fine(active);
    describe_bands(frame);
    tonal_.push_back(age_partials());
  }
  using enum FeatureId;
  describe_longterm(longterm_, features);
  describe_bandwidth(coarse_, features);
  features[centroid_spread_hz] = deviation(centroids_hz_);
  features[flatness_db] = mean(active_flat_db_);
  features[entropy] = mean(entropy_);
  features[flux_db] = mean(active_flux_db_);
  features[tonality] = mean(tonal_);
  describe_bed(features);
  return std::move(track_);
}

}  // namespace

SpectrumTrack measure_spectrum(std::span<const float> mono, const LevelTrack& levels, Features& features) {
  return Analysis(mono, levels).run(features);
}

}  // namespace chasqui::audio
