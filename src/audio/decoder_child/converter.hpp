#pragma once

#include "audio/decoder_child/av.hpp"
#include "audio/decoder_child/frame_writer.hpp"
#include "audio/downmix.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace chasqui::audio::decoder_child {

/// Decoded frames of any format, rate and layout as mono 48 kHz float PCM:
///
///     frame -> stereo, where it has more than one channel -> downmix -> 48 kHz
///
/// What changes in mid-stream is followed by new converters after the old ones are drained.
class Converter {
 public:
  /// `longest` in samples of output.
  Converter(const FrameWriter& writer, std::int64_t longest);

  /// Sets NaN and infinite samples to 0, counts them, and bounds wild ones, in the frame itself. Throws Failure
  /// (input_unsupported for rates outside 4..192 kHz, input_too_long), std::bad_alloc.
  void convert(AVFrame& frame);
  /// No more frames follow.
  void finish();

  [[nodiscard]] std::int64_t samples() const noexcept { return samples_; }
  [[nodiscard]] std::int64_t bad_samples() const noexcept { return bad_samples_; }
  [[nodiscard]] double inverted_seconds() const noexcept { return inverted_seconds_; }

 private:
  /// Of one channel or more, in the frame's own format: what libswresample takes.
  using Planes = const std::uint8_t* const*;

  [[nodiscard]] bool fits(const AVFrame& frame) const noexcept;
  void rebuild(const AVFrame& frame);
  void convert_slice(const AVFrame& frame, int begin, int count);
  void mix_down(Downmix& downmix, Planes input, int count);
  void resample(Planes input, int count);
  void drain();
  void give(int samples);

  PcmWriter pcm_;
  std::int64_t longest_;
  ResamplerPtr to_stereo_;  // at the frame's rate; none for mono
  std::optional<Downmix> downmix_;
  ResamplerPtr to_48k_;
  std::vector<float> stereo_;  // scratch
  std::vector<float> mono_;    // scratch
  int rate_hz_ = 0;
  int format_ = -1;
  ChannelLayout layout_;
  std::int64_t samples_ = 0;
  std::int64_t bad_samples_ = 0;
  double inverted_seconds_ = 0;
};

}  // namespace chasqui::audio::decoder_child
