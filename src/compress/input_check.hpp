#pragma once

#include "audio/conditioner.hpp"
#include "compress/judge.hpp"
#include "compress/source_excerpts.hpp"
#include "core/thread_pool.hpp"
#include "opus/packet.hpp"
#include "quality/window_scores.hpp"

#include <chasqui/compress.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace chasqui::compress {

/// Scores against the recording as it came in, mixed down. Windows of 4 s.
struct InputScores {
  std::vector<quality::WindowScore> conditioned;  ///< of what the encoder got
  std::vector<quality::WindowScore> output;       ///< of what is heard in the end, in the same windows
};

/// Holds what comes out against what came in, so that conditioning cannot hide harm: in up to 60 windows of 4 s, spread
/// evenly, none over a pause that was shortened. Memory: 8 MB.
class InputCheck {
 public:
  /// `excerpts` of what `episode` was made of. Episode and pool must outlive it.
  InputCheck(std::vector<SourceExcerpts::Excerpt> excerpts, const audio::ConditionedEpisode& episode,
             core::ThreadPool& pool, const CompressOptions& options);

  /// Collects what is needed of a stream to hear the windows.
  class Collector {
   public:
    explicit Collector(const InputCheck& check);
    /// The next packets of the stream.
    void add(std::span<const opus::Packet> packets);

   private:
    friend class InputCheck;
    struct Excerpt {
      std::int64_t begin = 0;  // in the stream, in samples
      std::vector<opus::Packet> packets;
    };
    std::vector<std::int64_t> wanted_;  // where windows begin in the stream, rising
    std::vector<Excerpt> excerpts_;
    std::int64_t at_ = 0;
  };

  /// Throws Failure(cancelled) on a stop request.
  [[nodiscard]] InputScores score(const Collector& collected) const;

 private:
  struct Window {
    std::int64_t begin = 0;            // in the conditioned sound
    std::vector<std::int16_t> source;  // at quality::scoring_rate_hz
  };

  static std::vector<Window> choose_windows(std::vector<SourceExcerpts::Excerpt> excerpts,
                                            const audio::ConditionedEpisode& episode);
  [[nodiscard]] quality::SpeechLevel level_of(std::span<const Window> windows) const;

  const audio::ConditionedEpisode& episode_;
  core::ThreadPool& pool_;
  std::vector<Window> windows_;
  Judge judge_;
};

}  // namespace chasqui::compress
