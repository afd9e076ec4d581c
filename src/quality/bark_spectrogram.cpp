#include "quality/bark_spectrogram.hpp"

#include "core/stop.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace chasqui::quality {
namespace {

constexpr std::size_t bin_count = bark_frame / 2 + 1;
constexpr double narrowest_bark = 0.29;
constexpr double wider_per_bark = 0.0144;
constexpr double bin_hz = static_cast<double>(bark_rate_hz) / bark_frame;

double bark(double hz) {
  return 6 * std::asinh(hz / 600);
}

// Where the bins below `bin` end, in Bark.
double edge(std::size_t bin) {
  return bark(std::max(static_cast<double>(bin) - 0.5, 0.0) * bin_hz);
}

// The second-order high-pass at 100 Hz of ITU-T P.862.2 for 16 kHz. In time, not on the spectrum: rumble leaks into
// bins that it should be kept from.
class HighPass {
 public:
  float next(float sample) noexcept {
    const double in = 2.740826 * static_cast<double>(sample);
    const double out = in + first_;
    first_ = -2 * in + 1.9444777 * out + second_;
    second_ = in - 0.94597794 * out;
    return static_cast<float>(out);
  }

 private:
  double first_ = 0;
  double second_ = 0;
};

}  // namespace

BarkFilterBank::BarkFilterBank() : fft_(bark_frame), window_(bark_frame) {
  for (std::size_t i = 0; i < bark_frame; ++i)
    window_[i] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(bark_frame)));
  std::size_t bin = 0;
  for (std::size_t band = 0; band < bark_bands; ++band) {
    const double low = edge(bin);
    const double wanted = low + narrowest_bark + wider_per_bark * low;
    std::size_t end = bin + 1;
    while (end + 1 < bin_count && std::abs(edge(end + 1) - wanted) < std::abs(edge(end) - wanted)) ++end;
    const double width = edge(end) - low;
    widths_[band] = static_cast<float>(width);
    centres_[band] = low + width / 2;
    bins_[band].begin = bin;
    bins_[band].end = bin = end;
  }
}

double BarkFilterBank::centre_hz(std::size_t band) const {
  return 600 * std::sinh(centres_[band] / 6);
}

BarkSpectrogram BarkFilterBank::spectrogram(std::span<const float> signal, const std::stop_token& stop) const {
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
  dsp::AlignedVector<float> latest(bark_frame);  // filtered; ends where the frame ends
  HighPass filter;
  std::size_t heard = 0;
  for (std::size_t frame = 0; frame < frames; ++frame) {
    core::throw_if_stopped(stop);
    const std::size_t fresh = frame * bark_hop + bark_frame - heard;
    std::shift_left(latest.begin(), latest.end(), static_cast<std::ptrdiff_t>(fresh));
    for (std::size_t i = bark_frame - fresh; i < bark_frame; ++i) latest[i] = filter.next(signal[heard++]);
    for (std::size_t i = 0; i < bark_frame; ++i) time[i] = latest[i] * window_[i];
    fft_.forward(time, spectrum);
    for (std::size_t bin = 0; bin < bin_count; ++bin) power[bin] = std::norm(spectrum[bin]);
    for (std::size_t band = 0; band < bark_bands; ++band) {
      const Bins& bins = bins_[band];
      result.power[frame][band] =
          std::accumulate(power.begin() + bins.begin, power.begin() + bins.end, 0.0F) / widths_[band];
    }
    result.telephone_power[frame] = std::accumulate(power.begin() + first_bin, power.begin() + last_bin + 1, 0.0F);
  }
  return result;
}

}  // namespace chasqui::quality
