#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::audio {

/// Cuts a stream of mono PCM at pauses into pieces of 4 to 20 s, each beginning on the packet grid. Streaming: holds
/// level history only, never audio. Deterministic, whatever the sizes of the pushes.
class Segmenter {
 public:
  /// PCM at core::sample_rate_hz.
  void push(std::span<const float> mono);
  /// No more sound follows; the rest becomes the last piece (it may be shorter than 4 s).
  void finish();

  /// Ends, in samples, of the pieces that have become certain since the last call, in order.
  std::vector<std::int64_t> take_cuts();

  // private state: the helper that implements this decides.
};

}  // namespace chasqui::audio
