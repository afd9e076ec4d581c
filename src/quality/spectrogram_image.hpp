#pragma once

#include "quality/canvas.hpp"

#include <span>

namespace chasqui::quality {

/// Power in dB over time and frequency, pooled to a picture's size: [column * rows + row], row 0 is the lowest
/// frequency.
struct SpectrogramGrid {
  int columns = 0;
  int rows = 0;
  std::vector<float> level_db;  ///< relative to full scale
  /// What one cell in a thousand exceeds: the top of a scale that a few loud cells do not stretch.
  [[nodiscard]] float loud_db() const;
};

/// The perceptually uniform map "viridis" (van der Walt & Smith, 2015, CC0), from 33 of its entries; `value` 0..1.
Colour viridis(double value);

/// Hann-windowed spectra of about 32 ms, at least one per column; several in one column are averaged in power, so that
/// any length fits. Frequencies 0 .. `highest_hz`; those above half the sample rate read as silence. Memory does not
/// grow with length.
SpectrogramGrid spectrogram_grid(std::span<const float> signal, int sample_rate_hz, double highest_hz, int columns,
                                 int rows);

/// Levels from `lowest_db` (0) to `highest_db` (1) through viridis.
Image spectrogram_image(const SpectrogramGrid& grid, double lowest_db, double highest_db);

}  // namespace chasqui::quality
