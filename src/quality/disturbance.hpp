#pragma once

#include "quality/bark_spectrogram.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>

namespace chasqui::quality {

/// How much louder, softer or rougher the degraded sound is to a model of the ear; 0 is identical.
struct Disturbance {
  double symmetric = 0;   ///< all differences of loudness
  double asymmetric = 0;  ///< those alone by which something was added, which annoys more
};

/// The perceptual model of PESQ as published by Beerends, Hekstra, Rix & Hollier, "Perceptual evaluation of speech
/// quality (PESQ), part II: psychoacoustic model", J. Audio Eng. Soc. 50 (10), 2002, and in ITU-T P.862: level,
/// frequency response and short gains evened out; Zwicker loudness; differences less a quarter of what masks them; L2
/// (L1 where asymmetric) over bands, L6 over 0.3 s, L2 over those. Bands, threshold of hearing (after Terhardt 1979)
/// and playback level are formulas of our own, fitted so that PESQ-WB is predicted. No alignment in time: signals must
/// be aligned. Holds tables only; any number of threads may use one.
class DisturbanceModel {
 public:
  DisturbanceModel();
  DisturbanceModel(DisturbanceModel&&) noexcept;
  DisturbanceModel& operator=(DisturbanceModel&&) noexcept;
  ~DisturbanceModel();

  /// BarkFilterBank's.
  [[nodiscard]] BarkSpectrogram spectrogram(std::span<const float> signal, const std::stop_token& stop = {}) const;
  /// Of the frames [begin, end), every other one, which both must have, taken as a recording of their own. 0 without.
  [[nodiscard]] Disturbance compare(const BarkSpectrogram& reference, const BarkSpectrogram& degraded,
                                    std::size_t begin, std::size_t end) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace chasqui::quality
