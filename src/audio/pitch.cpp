#include "audio/pitch.hpp"

#include "audio/analysis.hpp"
#include "dsp/decimate.hpp"
#include "dsp/fft.hpp"
#include "dsp/vector_math.hpp"

#include <array>
#include <numbers>

namespace chasqui::audio {
namespace {

constexpr std::size_t decimation = 6;  // 48 to 8 kHz
constexpr float rate_hz = 8'000;
constexpr std::size_t taps = 96;
constexpr std::size_t hop = frame_hop / decimation;
constexpr std::size_t window = frame_length / decimation;  // 40 ms
constexpr std::size_t shortest_lag = 19;                   // 421 Hz
constexpr std::size_t longest_lag = 133;                   // 60 Hz
constexpr std::size_t span_length = window + longest_lag + 1;
constexpr std::size_t fft_size = 512;
static_assert(span_length <= fft_size, "the correlation must not wrap around");

constexpr float voiced_correlation = 0.6F;
constexpr float octave_tolerance = 0.88F;  // of the highest peak: a shorter lag this good is the period

struct Plan {
  dsp::RealFft fft{fft_size};
  std::array<float, taps> lowpass{};  // Hamming-windowed sinc, 3 kHz

  Plan() {
    constexpr double cutoff = 3'000.0 / 48'000;
    double sum = 0;
    for (std::size_t i = 0; i < taps; ++i) {
      const double x = static_cast<double>(i) - (taps - 1) / 2.0;
      const double sinc = std::sin(2 * std::numbers::pi * cutoff * x) / (std::numbers::pi * x);
      const double hamming = 0.54 - 0.46 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / (taps - 1));
      lowpass[i] = static_cast<float>(sinc * hamming);
      sum += sinc * hamming;
    }
    for (float& value : lowpass) value /= static_cast<float>(sum);
  }
};

const Plan& plan() {
  static const Plan made;  // immutable
  return made;
}

std::vector<float> at_analysis_rate(std::span<const float> mono) {
  std::vector<float> padded(mono.size() + 2 * taps);
  std::ranges::copy(mono, padded.begin() + taps / 2);
  std::vector<float> out(mono.size() / decimation);
  std::vector<float> scratch;
  dsp::decimate(padded, decimation, plan().lowpass, out, scratch);
  return out;
}

struct Period {
  float hz = 0;
  float correlation = 0;
};

class Tracker {
 public:
  /// `sound` is `span_length` samples.
  Period find(std::span<const float> sound);

 private:
  void correlate(std::span<const float> sound);

  using Spectrum = dsp::AlignedVector<std::complex<float>>;

  dsp::AlignedVector<float> head_ = dsp::AlignedVector<float>(fft_size);
  dsp::AlignedVector<float> all_ = dsp::AlignedVector<float>(fft_size);
  Spectrum head_spectrum_ = Spectrum(plan().fft.bins());
  Spectrum all_spectrum_ = Spectrum(plan().fft.bins());
  std::array<float, longest_lag + 2> normalised_{};
};

/// Normalised cross-correlation of the window with itself a lag later (Talkin 1995), through the spectrum.
void Tracker::correlate(std::span<const float> sound) {
  const float offset = mean(sound);
  std::ranges::fill(all_, 0.0F);
  for (std::size_t i = 0; i < span_length; ++i) all_[i] = sound[i] - offset;
  std::copy_n(all_.begin(), window, head_.begin());
  std::fill(head_.begin() + window, head_.end(), 0.0F);
  std::array<double, longest_lag + 2> energy{};
  energy[0] = static_cast<double>(dsp::energy(all_.data(), window));
  for (std::size_t lag = 1; lag < energy.size(); ++lag) {
    const auto out = static_cast<double>(all_[lag - 1]);
    const auto in = lag + window - 1 < span_length ? static_cast<double>(all_[lag + window - 1]) : 0.0;
    energy[lag] = std::max(energy[lag - 1] + in * in - out * out, 0.0);
  }
  plan().fft.forward(head_, head_spectrum_);
  plan().fft.forward(all_, all_spectrum_);
  for (std::size_t k = 0; k < head_spectrum_.size(); ++k)
    head_spectrum_[k] = std::conj(head_spectrum_[k]) * all_spectrum_[k];
  plan().fft.inverse(head_spectrum_, head_);
  for (std::size_t lag = 0; lag < normalised_.size(); ++lag) {
    const double norm = std::sqrt(energy[0] * energy[lag]) + 1e-9;
    normalised_[lag] = static_cast<float>(static_cast<double>(head_[lag]) / fft_size / norm);
  }
}

Period Tracker::find(std::span<const float> sound) {
  correlate(sound);
  const auto is_peak = [&](std::size_t lag) {
    return normalised_[lag] > normalised_[lag - 1] && normalised_[lag] >= normalised_[lag + 1];
  };
  std::size_t best = 0;
  for (std::size_t lag = shortest_lag; lag <= longest_lag; ++lag)
    if (is_peak(lag) && (best == 0 || normalised_[lag] > normalised_[best])) best = lag;
  if (best == 0) return {};
  for (std::size_t lag = shortest_lag; lag < best; ++lag) {
    if (!is_peak(lag) || normalised_[lag] < octave_tolerance * normalised_[best]) continue;
    best = lag;
    break;
  }
  const float left = normalised_[best - 1];
  const float here = normalised_[best];
  const float right = normalised_[best + 1];
  const float curve = left - 2 * here + right;
  const float shift = curve < 0 ? 0.5F * (left - right) / curve : 0;
  return {rate_hz / (static_cast<float>(best) + shift), std::clamp(here - 0.25F * (left - right) * shift, 0.0F, 1.0F)};
}

float semitones(float hz) {
  return 12 * std::log2(hz / 100);
}

struct Voice {
  std::vector<float> pitch_hz;     // of voiced frames
  std::vector<float> pitch_st;     // the same in semitones
  std::vector<float> change_st;    // between voiced neighbours
  std::vector<float> harmonic_db;  // of voiced frames
  std::size_t runs = 0;
};

void add(Voice& voice, const Period& period, float previous_hz) {
  const float pitch = semitones(period.hz);
  voice.pitch_hz.push_back(period.hz);
  voice.pitch_st.push_back(pitch);
  // Boersma 1993: the correlation at the period is the harmonic share of the power.
  const float share = std::min(period.correlation, 0.9999F);
  voice.harmonic_db.push_back(10 * std::log10(share / (1 - share)));
  if (previous_hz > 0)
    voice.change_st.push_back(std::abs(pitch - semitones(previous_hz)));
  else
    ++voice.runs;
}

}  // namespace

std::vector<float> measure_pitch(std::span<const float> mono, const LevelTrack& levels, Features& features) {
  auto sound = at_analysis_rate(mono);
  std::vector<float> track(levels.active.size());
  if (!track.empty()) sound.resize(std::max(sound.size(), (track.size() - 1) * hop + span_length));
  Tracker tracker;
  Voice voice;
  float previous_hz = 0;
  std::size_t active = 0;
  for (std::size_t frame = 0; frame < track.size(); ++frame) {
    const auto period =
        levels.active[frame] == 0 ? Period{} : tracker.find(std::span(sound).subspan(frame * hop, span_length));
    active += levels.active[frame];
    if (period.correlation >= voiced_correlation) {
      add(voice, period, previous_hz);
      track[frame] = period.hz;
    }
    previous_hz = track[frame];
  }
  using enum FeatureId;
  features[pitch_hz] = quantile(voice.pitch_hz, 0.5);
  features[pitch_spread_st] = (quantile(voice.pitch_st, 0.84) - quantile(voice.pitch_st, 0.16)) / 2;
  features[pitch_change_st_per_s] = mean(voice.change_st) * frames_per_s;
  const auto voiced = static_cast<float>(voice.pitch_hz.size());
  features[voiced_share] = active == 0 ? 0 : voiced / static_cast<float>(active);
  features[voiced_run_s] = voice.runs == 0 ? 0 : voiced / static_cast<float>(voice.runs) / frames_per_s;
  features[hnr_db] = mean(voice.harmonic_db);
  return track;
}

}  // namespace chasqui::audio
