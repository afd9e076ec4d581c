#pragma once

#include "compress/segment_encoder.hpp"
#include "compress/warm_up.hpp"
#include "core/thread_pool.hpp"

#include <atomic>
#include <chasqui/compress.hpp>
#include <cstddef>
#include <deque>
#include <future>
#include <optional>
#include <vector>

namespace chasqui::compress {

/// Segments that are encoded at options.bitrate_kbps while the recording is still being conditioned, by threads that
/// would wait for the decoder. Which ones is a matter of chance, their bytes are not. Memory: a few hundred encoded
/// segments. Offered and taken by one thread.
class EarlySegments {
 public:
  EarlySegments(const CompressOptions& options, core::ThreadPool& pool);
  ~EarlySegments();
  EarlySegments(const EarlySegments&) = delete;
  EarlySegments& operator=(const EarlySegments&) = delete;

  /// For audio::ConditionOptions::on_segment.
  void offer(const audio::Segment& segment, const audio::ReadSound& read);
  /// Segment `index`, encoded or about to be; nothing where it was not begun.
  std::optional<std::future<EncodedSegment>> take(std::size_t index);
  /// Those of the episode, if any segment was begun.
  [[nodiscard]] const opus::WarmEncoders* encoders() const noexcept { return encoders_ ? &*encoders_ : nullptr; }

 private:
  /// All but the sound of a segment that may be begun.
  struct Waiting {
    std::size_t index = 0;
    audio::Segment segment;
    opus::EncoderSettings settings;
    opus::Onset onset = opus::Onset::continuing;
  };

  void begin(const Waiting& waiting, const audio::ReadSound& read);

  const CompressOptions& options_;
  core::ThreadPool& pool_;
  WarmUp warm_up_;
  std::optional<opus::WarmEncoders> encoders_;
  std::optional<Waiting> newest_;  // may be the last one, which is carried on with silence
  std::deque<Waiting> waiting_;
  std::atomic<std::size_t> under_way_ = 0;
  std::size_t begun_ = 0;
  std::vector<std::future<EncodedSegment>> segments_;  // by index; not valid where not begun
};

}  // namespace chasqui::compress
