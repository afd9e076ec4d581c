#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace chasqui::quality {

/// The time base of the Bark spectrogram: 32 ms every 16 ms at 16 kHz.
inline constexpr int bark_rate_hz = 16'000;
inline constexpr std::size_t bark_frame = 512;
inline constexpr std::size_t bark_hop = 256;
inline constexpr std::size_t bark_bands = 48;

/// Power in bands of equal width on Schroeder's Bark scale, 6 asinh(f / 600 Hz), from 60 Hz to 7.9 kHz, after a
/// high-pass at 100 Hz. In units of the signal.
struct BarkSpectrogram {
  std::vector<std::array<float, bark_bands>> power;  ///< one per frame
  std::vector<float> telephone_power;                ///< of each frame from 350 to 3250 Hz, which sets its loudness
};

/// How much louder, softer or rougher the degraded sound is to a model of the ear; 0 is identical.
struct Disturbance {
  double symmetric = 0;   ///< all differences of loudness
  double asymmetric = 0;  ///< those alone by which something was added, which annoys more
};

/// The perceptual model of PESQ as published by Beerends, Hekstra, Rix & Hollier, "Perceptual evaluation of speech
/// quality (PESQ), part II: psychoacoustic model", J. Audio Eng. Soc. 50 (10), 2002: level, frequency response and
/// short gains evened out; Zwicker loudness; differences less a quarter of what masks them; L2 (L1 where asymmetric)
/// over bands, L6 over 0.3 s, L2 over those. Its own are here: bands, the threshold of hearing (Terhardt 1979) and the
/// playback level, so that its numbers are near PESQ's but are not PESQ's. No time alignment: signals must be aligned.
/// Holds tables only; any number of threads may use one.
class DisturbanceModel {
 public:
  DisturbanceModel();
  DisturbanceModel(DisturbanceModel&&) noexcept;
  DisturbanceModel& operator=(DisturbanceModel&&) noexcept;
  ~DisturbanceModel();

  /// Of a mono signal at 16 kHz; floor((n - 512) / 256) + 1 frames, none for n < 512.
  [[nodiscard]] BarkSpectrogram spectrogram(std::span<const float> signal) const;
  /// Of the frames [begin, end), which both must have, taken as a recording of their own. 0 without frames.
  [[nodiscard]] Disturbance compare(const BarkSpectrogram& reference, const BarkSpectrogram& degraded,
                                    std::size_t begin, std::size_t end) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

}  // namespace chasqui::quality
