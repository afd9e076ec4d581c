#include "audio/modulation.hpp"

#include "audio/analysis.hpp"
#include "dsp/fft.hpp"
#include "dsp/vector_math.hpp"

#include <array>
#include <numbers>

namespace chasqui::audio {
namespace {

constexpr std::size_t block = 128;  // frames: 2.56 s, 0.39 Hz per bin
constexpr float modulation_bin_hz = frames_per_s / block;

const dsp::RealFft& plan() {
  static const dsp::RealFft made(block);  // immutable
  return made;
}

std::array<double, block / 2 + 1> modulation_spectrum(std::span<const float> envelope) {
  std::array<double, block / 2 + 1> power{};
  dsp::AlignedVector<float> time(block);
  dsp::AlignedVector<std::complex<float>> spectrum(plan().bins());
  for (std::size_t at = 0; at == 0 || at + block <= envelope.size(); at += block / 2) {
    const auto part = envelope.subspan(at, std::min(block, envelope.size() - at));
    const float centre = mean(part);
    std::ranges::fill(time, 0.0F);
    for (std::size_t i = 0; i < part.size(); ++i) {
      const double phase = 2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(part.size());
      time[i] = (part[i] - centre) * static_cast<float>(0.5 - 0.5 * std::cos(phase));
    }
    plan().forward(time, spectrum);
    for (std::size_t k = 0; k < power.size(); ++k) power[k] += static_cast<double>(std::norm(spectrum[k]));
  }
  return power;
}

/// Where the modulation lies: the share of 2 to 8 Hz in 0.75 to 20 Hz, and the strongest rate.
void describe_rates(std::span<const float> envelope, Features& features) {
  const auto power = modulation_spectrum(envelope);
  double inside = 0;
  double total = 0;
  std::size_t strongest = 2;
  for (std::size_t k = 2; static_cast<float>(k) * modulation_bin_hz <= 20; ++k) {
    const float hz = static_cast<float>(k) * modulation_bin_hz;
    total += power[k];
    if (hz >= 2 && hz <= 8) inside += power[k];
    if (power[k] > power[strongest]) strongest = k;
  }
  if (!(total > 1e-12)) return;
  features[FeatureId::modulation_share] = static_cast<float>(inside / total);
  features[FeatureId::modulation_peak_hz] = static_cast<float>(strongest) * modulation_bin_hz;
}

/// Peaks of the level that rise 3 dB out of the dip before them, at least 100 ms apart, in voiced frames (after de Jong
/// and Wempe 2009).
std::size_t count_syllables(std::span<const float> level_db, std::span<const float> pitch_hz) {
  constexpr float rise_db = 3;
  constexpr std::size_t apart = 5;
  std::size_t syllables = 0;
  std::size_t last = 0;
  float dip = level_db.empty() ? 0 : level_db.front();
  for (std::size_t i = 1; i + 1 < level_db.size(); ++i) {
    dip = std::min(dip, level_db[i]);
    const bool peak = level_db[i] > level_db[i - 1] && level_db[i] >= level_db[i + 1];
    const bool voiced = i < pitch_hz.size() && pitch_hz[i] > 0;
    if (!peak || !voiced || level_db[i] < dip + rise_db || (syllables > 0 && i - last < apart)) continue;
    ++syllables;
    last = i;
    dip = level_db[i];
  }
  return syllables;
}

/// Highest normalised autocorrelation of the onset strength at lags of 0.3 to 1 s: 200 to 60 beats per minute.
float beat(std::span<const float> onset_db) {
  constexpr std::size_t shortest = 15;
  constexpr std::size_t longest = 50;
  if (onset_db.size() < 2 * longest) return 0;
  std::vector<float> centred(onset_db.begin(), onset_db.end());
  const float centre = mean(onset_db);
  for (float& value : centred) value -= centre;
  const float energy = dsp::dot(centred.data(), centred.data(), centred.size()) / static_cast<float>(centred.size());
  if (energy < 1e-6F) return 0;
  float best = 0;
  for (std::size_t lag = shortest; lag <= longest; ++lag) {
    const std::size_t length = centred.size() - lag;
    best = std::max(best, dsp::dot(centred.data(), centred.data() + lag, length) / static_cast<float>(length) / energy);
  }
  return std::min(best, 1.0F);
}

}  // namespace

void measure_modulation(const SpectrumTrack& spectrum, std::span<const float> pitch_track, Features& features) {
  const auto& power = spectrum.speech_power;
  if (power.empty()) return;
  std::vector<float> amplitude(power.size());
  std::ranges::transform(power, amplitude.begin(), [](float value) { return std::sqrt(value); });
  const float centre = mean(amplitude);
  if (centre < 1e-5F) return;
  for (float& value : amplitude) value /= centre;  // makes everything below independent of the level
  std::vector<float> level_db(power.size());
  std::ranges::transform(amplitude, level_db.begin(), [](float value) { return 20 * std::log10(value + 1e-3F); });

  using enum FeatureId;
  describe_rates(amplitude, features);
  features[modulation_depth] = deviation(amplitude);
  const float active_s = features[activity_share] * static_cast<float>(power.size()) / frames_per_s;
  const auto syllables = static_cast<float>(count_syllables(level_db, pitch_track));
  features[syllable_rate_hz] = active_s < 0.5F ? 0 : std::min(syllables / active_s, 20.0F);
  features[beat_strength] = beat(spectrum.onset_db);
}

}  // namespace chasqui::audio
