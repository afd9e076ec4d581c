#pragma once

#include "audio/conditioner.hpp"
#include "compress/judge.hpp"
#include "core/thread_pool.hpp"
#include "opus/packet.hpp"
#include "quality/window_scores.hpp"

#include <chasqui/compress.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <future>
#include <span>
#include <vector>

namespace chasqui::compress {

/// Scores against the recording as it came in, mixed down. Windows of 4 s.
struct InputScores {
  std::vector<quality::WindowScore> conditioned;  ///< of what the encoder got
  std::vector<quality::WindowScore> output;       ///< of what is heard in the end, in the same windows
};

/// Holds what comes out against what came in, so that conditioning cannot hide harm: in up to 60 windows of 4 s, spread
/// evenly, none over a pause that was shortened. The recording is decoded once more, in the pool, from the construction
/// on. Memory: 8 MB, and the decoder while it runs. For one thread.
class InputCheck {
 public:
  /// All must outlive it.
  InputCheck(const std::filesystem::path& input, const CompressOptions& options,
             const audio::ConditionedEpisode& episode, core::ThreadPool& pool);
  ~InputCheck();
  InputCheck(const InputCheck&) = delete;
  InputCheck& operator=(const InputCheck&) = delete;

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

  /// Waits for the decoding. Throws Failure, also what the decoder failed with.
  [[nodiscard]] InputScores score(const Collector& collected);

 private:
  /// A window: where it begins in the conditioned sound, and in the decoder's.
  struct Place {
    std::int64_t begin = 0;
    std::int64_t source_begin = 0;
  };
  using Sounds = std::vector<std::vector<std::int16_t>>;  // at quality::scoring_rate_hz, one for each place

  static std::vector<Place> choose_places(const audio::ConditionedEpisode& episode);
  [[nodiscard]] quality::SpeechLevel level_of(const Sounds& sounds) const;
  static Sounds decode(const std::filesystem::path& input, const CompressOptions& options,
                       const std::vector<Place>& places);

  const audio::ConditionedEpisode& episode_;
  core::ThreadPool& pool_;
  std::vector<Place> places_;
  Judge judge_;
  std::future<Sounds> sounds_;
};

}  // namespace chasqui::compress
