#pragma once

#include "audio/decoder_child/av.hpp"
#include "audio/decoder_child/frame_writer.hpp"

#include <cstdint>

namespace chasqui::audio::decoder_child {

/// Decoded frames of any format, rate and layout as 48 kHz float PCM of one or two channels; what changes in mid-stream
/// is followed by a new resampler after the old one is drained.
class Converter {
 public:
  /// `longest` in frames of output.
  Converter(const FrameWriter& writer, int channels, std::int64_t longest);

  /// Sets NaN and infinite samples to 0, counts them, and bounds wild ones, in the frame itself. Throws Failure
  /// (input_unsupported for rates outside 4..192 kHz, input_too_long), std::bad_alloc.
  void convert(AVFrame& frame);
  /// No more frames follow.
  void finish();

  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::int64_t bad_samples() const noexcept { return bad_samples_; }

 private:
  void rebuild(const AVFrame& frame);
  [[nodiscard]] bool fits(const AVFrame& frame) const noexcept;
  void drain();
  void resample(const AVFrame& frame, int begin, int count);
  void give(int frames);

  PcmWriter pcm_;
  int channels_;
  std::int64_t longest_;
  ResamplerPtr resampler_;
  int rate_hz_ = 0;
  int format_ = -1;
  ChannelLayout layout_;
  std::int64_t frames_ = 0;
  std::int64_t bad_samples_ = 0;
};

}  // namespace chasqui::audio::decoder_child
