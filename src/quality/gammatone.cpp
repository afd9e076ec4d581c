#include "quality/gammatone.hpp"

#include "core/stop.hpp"
#include "dsp/fft.hpp"
#include "dsp/vector_math.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace chasqui::quality {
namespace {

constexpr double ear_q = 9.26449;  // Glasberg & Moore
constexpr double minimum_bandwidth_hz = 24.7;
constexpr double lowest_hz = 50;
constexpr double highest_hz = 8'000;
constexpr float floor_level = -45;
constexpr std::size_t padded_bands = 24;  // a whole number of SIMD registers
constexpr std::size_t bin_count = gammatone_frame / 2 + 1;

using Weights = std::array<float, padded_bands>;

// |H|^2 of Slaney's four-stage gammatone filter, which has unit gain at its centre.
class PowerResponse {
 public:
  explicit PowerResponse(double centre_hz) {
    const double t = 1.0 / gammatone_rate_hz;
    const double bandwidth = 1.019 * 2 * std::numbers::pi * (centre_hz / ear_q + minimum_bandwidth_hz);
    const double angle = 2 * centre_hz * std::numbers::pi * t;
    decay_ = std::exp(-bandwidth * t);
    cosine_ = std::cos(angle);
    const double wide = std::sqrt(3 + std::pow(2, 1.5));
    const double narrow = std::sqrt(3 - std::pow(2, 1.5));
    zeros_ = {cosine_ + wide * std::sin(angle), cosine_ - wide * std::sin(angle), cosine_ + narrow * std::sin(angle),
              cosine_ - narrow * std::sin(angle)};
    scale_ = 1 / raw(angle);
  }
  /// At `angle` radians per sample.
  [[nodiscard]] double operator()(double angle) const { return raw(angle) * scale_; }

 private:
  [[nodiscard]] double raw(double angle) const {
    const std::complex<double> delay = std::polar(1.0, -angle);
    const std::complex<double> pole_pair = 1.0 - 2 * cosine_ * decay_ * delay + decay_ * decay_ * delay * delay;
    double power = 1;
    for (const double zero : zeros_) power *= std::norm((1.0 - zero * decay_ * delay) / pole_pair);
    return power;
  }

  double decay_;
  double cosine_;
  std::array<double, 4> zeros_{};
  double scale_ = 1;
};

std::size_t frame_count(std::size_t samples) {
  return samples < gammatone_frame ? 0 : (samples - gammatone_frame) / gammatone_hop + 1;
}

}  // namespace

std::array<double, gammatone_bands> gammatone_centres_hz() {
  const double offset = ear_q * minimum_bandwidth_hz;
  const double step = std::log((lowest_hz + offset) / (highest_hz + offset)) / gammatone_bands;
  std::array<double, gammatone_bands> centres{};
  for (std::size_t band = 0; band < gammatone_bands; ++band)
    centres[band] = std::exp(static_cast<double>(gammatone_bands - band) * step) * (highest_hz + offset) - offset;
  return centres;
}

struct GammatoneFilterBank::Tables {
  Tables() : fft(gammatone_frame), window(gammatone_frame), weights(bin_count) {
    constexpr double size = gammatone_frame;
    for (std::size_t i = 0; i < gammatone_frame; ++i)
      window[i] = static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / (size - 1)));
    const auto centres = gammatone_centres_hz();
    for (std::size_t band = 0; band < gammatone_bands; ++band) {
      const PowerResponse response(centres[band]);
      for (std::size_t bin = 0; bin < bin_count; ++bin) {
        // Parseval's theorem: inner bins stand for two.
        const double copies = bin == 0 || bin + 1 == bin_count ? 1 : 2;
        const double angle = 2 * std::numbers::pi * static_cast<double>(bin) / size;
        weights[bin][band] = static_cast<float>(copies * response(angle) / (size * size));
      }
    }
  }

  /// The windowed frame in `time`; gives its mean square.
  float load(const float* samples, float gain, dsp::AlignedVector<float>& time) const {
    for (std::size_t i = 0; i < gammatone_frame; ++i) time[i] = samples[i] * gain * window[i];
    return dsp::energy(time.data(), gammatone_frame) / static_cast<float>(gammatone_frame);
  }

  dsp::RealFft fft;
  dsp::AlignedVector<float> window;
  dsp::AlignedVector<Weights> weights;
};

GammatoneFilterBank::GammatoneFilterBank() : tables_(std::make_unique<const Tables>()) {}
GammatoneFilterBank::GammatoneFilterBank(GammatoneFilterBank&&) noexcept = default;
GammatoneFilterBank& GammatoneFilterBank::operator=(GammatoneFilterBank&&) noexcept = default;
GammatoneFilterBank::~GammatoneFilterBank() = default;

GammatoneSpectrogram GammatoneFilterBank::spectrogram(std::span<const float> signal, float gain,
                                                      const std::stop_token& stop) const {
  const Tables& tables = *tables_;
  const std::size_t frames = frame_count(signal.size());
  GammatoneSpectrogram result;
  result.levels.resize(frames);
  result.power.resize(frames);
  dsp::AlignedVector<float> time(gammatone_frame);
  dsp::AlignedVector<std::complex<float>> spectrum(bin_count);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    core::throw_if_stopped(stop);
    result.power[frame] = tables.load(signal.data() + frame * gammatone_hop, gain, time);
    tables.fft.forward(time, spectrum);
    Weights mean_squares{};
    for (std::size_t bin = 0; bin < bin_count; ++bin) {
      const float power = std::norm(spectrum[bin]);
      const Weights& weights = tables.weights[bin];
      for (std::size_t band = 0; band < padded_bands; ++band) mean_squares[band] += power * weights[band];
    }
    for (std::size_t band = 0; band < gammatone_bands; ++band)
      result.levels[frame][band] = std::max(floor_level, 5 * std::log10(mean_squares[band] + 1e-12F));
  }
  return result;
}

std::vector<float> GammatoneFilterBank::frame_power(std::span<const float> signal, const std::stop_token& stop) const {
  std::vector<float> power(frame_count(signal.size()));
  dsp::AlignedVector<float> time(gammatone_frame);
  for (std::size_t frame = 0; frame < power.size(); ++frame) {
    core::throw_if_stopped(stop);
    power[frame] = tables_->load(signal.data() + frame * gammatone_hop, 1, time);
  }
  return power;
}

}  // namespace chasqui::quality
