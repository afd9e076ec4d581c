#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace chasqui::dsp {

/// Changes the sample rate by p/q with one polyphase Kaiser-windowed sinc: 60 dB rejection, transition of a tenth of
/// the lower Nyquist frequency, no delay. This is the filter of GNU Octave's `resample`, which pystoi and MATLAB's STOI
/// use, so that ESTOI is comparable to the sample. Streaming: any split of the input gives the same output. For one
/// thread; copying starts an independent stream (the filter table is shared).
class Resampler {
 public:
  /// Throws Failure(input_unsupported) for rates outside 1 .. 768 000 Hz or whose ratio needs an unreasonable filter.
  Resampler(int from_hz, int to_hz);

  /// Appends what has become certain.
  void push(std::span<const float> input, std::vector<float>& output);
  /// The same of 16-bit sound, which becomes -1..1 in blocks that stay in the cache.
  void push_pcm(std::span<const std::int16_t> input, std::vector<float>& output);
  /// No more input follows; appends the rest. In all, n samples give ceil(n p / q).
  void finish(std::vector<float>& output);

 private:
  struct Filter;
  void produce(std::vector<float>& output, std::int64_t end);
  void produce_decimated(std::vector<float>& output, std::int64_t end);

  std::shared_ptr<const Filter> filter_;
  std::vector<float> history_;      // input from index history_begin_ on
  std::vector<float> scratch_;      // of dsp::decimate
  std::int64_t history_begin_ = 0;  // may be negative: zeros before the start
  std::int64_t consumed_ = 0;       // input samples so far
  std::int64_t produced_ = 0;       // output samples so far
};

/// A whole signal at once.
std::vector<float> resample(std::span<const float> input, int from_hz, int to_hz);

}  // namespace chasqui::dsp
