#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::audio {

/// Stereo to mono without losing what is in opposite phase. Per block of 20 ms, the energies of the sides and their
/// cross-term choose one of four mixes; a change fades over one block, so that it never clicks:
///   sum         (L + R) / 2: normal stereo.
///   difference  (L - R) / 2: when the sum would keep less than 0.3 of the energy that uncorrelated sides keep, that is
///               1 + 2<LR> / (<LL> + <RR>) < 0.3, smoothed over 100 ms; left again above 0.6.
///   left/right  one side alone: when the other is 40 dB below in every block for 1 s (at once at the start of the
///   sound,
///               and when the sides change roles); left again above -34 dB. The sum would be 6 dB too low.
/// For one thread. Deterministic, whatever the sizes of the pushes.
class Downmix {
 public:
  /// `channels` 1 or 2; `rate_hz` of what is pushed, at least 50.
  Downmix(int channels, int rate_hz)
      : channels_(static_cast<std::size_t>(channels)),
        block_frames_(static_cast<std::size_t>(rate_hz) / 50),
        rate_hz_(rate_hz) {}

  /// Appends to `mono` what has become certain; holds back less than one block. NaN and infinities count as 0.
  void push(std::span<const float> interleaved, std::vector<float>& mono);
  /// Appends the rest.
  void finish(std::vector<float>& mono);

  /// Of sound that was mixed as the difference.
  [[nodiscard]] double inverted_seconds() const noexcept { return static_cast<double>(inverted_samples_) / rate_hz_; }

 private:
  enum class Mix : std::uint8_t { sum, difference, left, right };

  static std::array<float, 2> weights(Mix mix) noexcept;
  void mix_block(std::span<const float> frames, std::vector<float>& mono);
  [[nodiscard]] Mix choose(double left, double right, double cross);
  [[nodiscard]] Mix one_sided(double left, double right) const noexcept;

  std::size_t channels_;
  std::size_t block_frames_;
  int rate_hz_;
  std::vector<float> held_;
  Mix mix_ = Mix::sum;
  bool started_ = false;  // some sound has been heard
  int one_sided_blocks_ = 0;
  double left_energy_ = 0;
  double right_energy_ = 0;
  double cross_energy_ = 0;
  std::int64_t inverted_samples_ = 0;
};

}  // namespace chasqui::audio
