#include "quality/spectrogram_image.hpp"

#include "dsp/fft.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <numbers>

namespace chasqui::quality {
namespace {

constexpr float silence_db = -140;
constexpr double frame_s = 0.032;

constexpr std::array<Colour, 33> viridis_entries = {{
    {68, 1, 84},    {71, 13, 96},   {72, 24, 106},  {72, 35, 116},  {71, 45, 123},  {69, 55, 129},  {66, 64, 134},
    {62, 73, 137},  {59, 82, 139},  {55, 91, 141},  {51, 99, 141},  {47, 107, 142}, {44, 114, 142}, {41, 122, 142},
    {38, 130, 142}, {35, 137, 142}, {33, 145, 140}, {31, 151, 139}, {31, 159, 136}, {33, 166, 133}, {39, 173, 129},
    {49, 181, 123}, {61, 188, 116}, {76, 194, 108}, {92, 200, 99},  {110, 206, 88}, {129, 211, 77}, {149, 216, 64},
    {170, 220, 50}, {192, 223, 37}, {213, 226, 26}, {234, 229, 26}, {253, 231, 37},
}};

// The power spectrum of the frame centred on a sample; zeros outside the signal. A full-scale tone gives 1.
class FrameSpectrum {
 public:
  explicit FrameSpectrum(std::size_t size) : fft_(size), window_(size), time_(size), spectrum_(fft_.bins()) {
    for (std::size_t i = 0; i < size; ++i)
      window_[i] = static_cast<float>(
          (1 - std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(size))) * 2 /
          static_cast<double>(size));
  }
  void add(std::span<const float> signal, std::int64_t centre, std::span<float> power) {
    const std::int64_t begin = centre - static_cast<std::int64_t>(time_.size() / 2);
    const auto end = static_cast<std::int64_t>(signal.size());
    for (std::size_t i = 0; i < time_.size(); ++i) {
      const std::int64_t n = begin + static_cast<std::int64_t>(i);
      time_[i] = n >= 0 && n < end ? signal[static_cast<std::size_t>(n)] * window_[i] : 0;
    }
    fft_.forward(time_, spectrum_);
    for (std::size_t k = 0; k < power.size(); ++k) power[k] += std::norm(spectrum_[k]);
  }
  [[nodiscard]] std::size_t bins() const { return fft_.bins(); }

 private:
  dsp::RealFft fft_;
  dsp::AlignedVector<float> window_;
  dsp::AlignedVector<float> time_;
  dsp::AlignedVector<std::complex<float>> spectrum_;
};

// The mean power within [from, to) bins, or between the two nearest bins where a row is thinner than a bin.
float band_power(std::span<const float> power, double from, double to) {
  const auto last = static_cast<double>(power.size() - 1);
  if (from > last) return 0;
  if (to - from < 1.5) {
    const double middle = std::min((from + to) / 2, last);
    const auto below = static_cast<std::size_t>(middle);
    const std::size_t above = std::min(below + 1, power.size() - 1);
    const auto share = static_cast<float>(middle - static_cast<double>(below));
    return power[below] * (1 - share) + power[above] * share;
  }
  const auto begin = static_cast<std::size_t>(from);
  const auto end = std::min(power.size(), static_cast<std::size_t>(std::ceil(to)));
  float sum = 0;
  for (std::size_t k = begin; k < end; ++k) sum += power[k];
  return sum / static_cast<float>(end - begin);
}

}  // namespace

float SpectrogramGrid::loud_db() const {
  if (level_db.empty()) return silence_db;
  std::vector<float> levels = level_db;
  const auto place = levels.end() - 1 - static_cast<std::ptrdiff_t>(levels.size() / 1000);
  std::nth_element(levels.begin(), place, levels.end());
  return *place;
}

Colour viridis(double value) {
  const double place = std::clamp(value, 0.0, 1.0) * static_cast<double>(viridis_entries.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(place), viridis_entries.size() - 2);
  const double share = place - static_cast<double>(below);
  const auto blend = [&](std::uint8_t Colour::* channel) {
    const double a = viridis_entries[below].*channel;
    const double b = viridis_entries[below + 1].*channel;
    return static_cast<std::uint8_t>(std::lround(a + (b - a) * share));
  };
  return {blend(&Colour::red), blend(&Colour::green), blend(&Colour::blue)};
}

SpectrogramGrid spectrogram_grid(std::span<const float> signal, int sample_rate_hz, double highest_hz, int columns,
                                 int rows) {
  SpectrogramGrid grid{columns, rows, {}};
  grid.level_db.assign(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows), silence_db);
  if (signal.empty()) return grid;
  const std::size_t size = std::bit_ceil(static_cast<std::size_t>(std::max(16.0, frame_s * sample_rate_hz * 0.75)));
  FrameSpectrum frames(size);
  std::vector<float> power(frames.bins());
  const double samples_per_column = static_cast<double>(signal.size()) / columns;
  const std::size_t hop = size / 2;
  const int per_column = std::max(1, static_cast<int>(std::lround(samples_per_column / static_cast<double>(hop))));
  const double bins_per_row = highest_hz / sample_rate_hz * static_cast<double>(size) / rows;
  for (int column = 0; column < columns; ++column) {
    std::ranges::fill(power, 0.0F);
    for (int i = 0; i < per_column; ++i)
      frames.add(signal, static_cast<std::int64_t>(samples_per_column * (column + (i + 0.5) / per_column)), power);
    for (int row = 0; row < rows; ++row) {
      const float mean =
          band_power(power, row * bins_per_row, (row + 1) * bins_per_row) / static_cast<float>(per_column);
      grid.level_db[static_cast<std::size_t>(column) * static_cast<std::size_t>(rows) + static_cast<std::size_t>(row)] =
          std::max(silence_db, 10 * std::log10(mean + 1e-20F));
    }
  }
  return grid;
}

Image spectrogram_image(const SpectrogramGrid& grid, double lowest_db, double highest_db) {
  Image image(grid.columns, grid.rows);
  for (int x = 0; x < grid.columns; ++x)
    for (int y = 0; y < grid.rows; ++y) {
      const auto index = static_cast<std::size_t>(x) * static_cast<std::size_t>(grid.rows) +
                         static_cast<std::size_t>(grid.rows - 1 - y);
      const double level = static_cast<double>(grid.level_db[index]);
      image.at(x, y) = viridis((level - lowest_db) / (highest_db - lowest_db));
    }
  return image;
}

}  // namespace chasqui::quality
