#pragma once

#include "opus/encoder_settings.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct OpusEncoder;

namespace chasqui::opus {

/// One of libopus' encoders, mono, and all that it has learnt. A copy goes on by itself from where the original stands.
/// SILK is encoded by the application that is restricted to it, where libopus has that (1.6). Throws Failure(internal)
/// with libopus' own words, Failure(unavailable) where this libopus cannot force a mode.
class EncoderState {
 public:
  /// Fresh. Throws Failure(usage) where Opus has no such mode and bandwidth.
  explicit EncoderState(const EncoderSettings& settings);
  EncoderState(const EncoderState& other);
  EncoderState(EncoderState&&) noexcept = default;
  EncoderState& operator=(const EncoderState&) = delete;
  EncoderState& operator=(EncoderState&&) = delete;
  ~EncoderState() = default;

  /// Precondition: mode and bandwidth as it was made for.
  void configure(const EncoderSettings& settings);
  void set_bitrate(double kbps);
  void set_complexity(int complexity);
  void set_prediction(bool on);

  /// The rate at which it wants the sound.
  [[nodiscard]] int rate_hz() const noexcept { return rate_hz_; }
  [[nodiscard]] int lookahead();
  /// One packet of a frame of 20, 40 or 60 ms, on the scale -1..1 at rate_hz().
  std::vector<std::uint8_t> encode(std::span<const float> frame);

 private:
  [[nodiscard]] OpusEncoder* encoder() noexcept;
  void set(int request, int value, const char* doing);
  bool begin(int application, int rate_hz);

  int rate_hz_ = 0;
  std::size_t size_ = 0;
  std::unique_ptr<std::byte[]> memory_;
};

}  // namespace chasqui::opus
