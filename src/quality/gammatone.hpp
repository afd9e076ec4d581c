#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::quality {

/// The time base of the gammatone spectrogram: 80 ms every 20 ms at 16 kHz.
inline constexpr int gammatone_rate_hz = 16'000;
inline constexpr std::size_t gammatone_frame = 1'280;
inline constexpr std::size_t gammatone_hop = 320;
inline constexpr std::size_t gammatone_bands = 21;

/// Levels as ViSQOL defines them: 10 log10 of the root mean square, half of what is usually called dB, so that full
/// scale is near 0 and -45 stands for -90 dBFS.
struct GammatoneSpectrogram {
  std::vector<std::array<float, gammatone_bands>> levels;  ///< one per frame, low bands first; at least -45
  std::vector<float> power;                                ///< mean square of each Hann-windowed frame
};

/// The spectrogram of ViSQOL's speech mode (Hines, Skoglund, Kokaram & Harte, "ViSQOL: an objective speech quality
/// model", EURASIP J. Audio, Speech, Music Proc. 2015:13; Chinen et al., "ViSQOL v3", QoMEX 2020): Hann-windowed frames
/// through 21 fourth-order gammatone filters spaced on the ERB scale from 50 Hz to 8 kHz (Slaney, "An efficient
/// implementation of the Patterson-Holdsworth auditory filter bank", Apple TR 35, 1993). ViSQOL runs the recursive
/// filters over each frame from rest; here their power responses weight the frame's power spectrum, which differs only
/// in that the filters' ringing past the frame is counted. May be used by several threads at once.
class GammatoneFilterBank {
 public:
  GammatoneFilterBank();
  GammatoneFilterBank(GammatoneFilterBank&&) noexcept;
  GammatoneFilterBank& operator=(GammatoneFilterBank&&) noexcept;
  ~GammatoneFilterBank();

  /// Of `gain` times a mono signal at 16 kHz; floor((n - 1280) / 320) + 1 frames, none for n < 1280. A
  /// stop request ends it with Failure(cancelled), soon after.
  [[nodiscard]] GammatoneSpectrogram spectrogram(std::span<const float> signal, float gain = 1,
                                                 const std::stop_token& stop = {}) const;
  /// Only the `power` of that spectrogram.
  [[nodiscard]] std::vector<float> frame_power(std::span<const float> signal, const std::stop_token& stop = {}) const;

 private:
  struct Tables;
  std::unique_ptr<const Tables> tables_;
};

/// Centre frequencies in Hz, rising.
std::array<double, gammatone_bands> gammatone_centres_hz();

}  // namespace chasqui::quality
