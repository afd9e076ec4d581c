#pragma once

#include "compress/episode_plan.hpp"
#include "compress/found.hpp"
#include "compress/judge.hpp"
#include "core/thread_pool.hpp"
#include "opus/warm_encoders.hpp"

#include <chasqui/compress.hpp>
#include <cstddef>
#include <functional>
#include <map>
#include <span>

namespace chasqui::compress {

/// Encodes, decodes and scores an episode's segments, in parallel, until each is at the goal for few bytes. What it
/// gives does not depend on the size of the pool. For one thread; what is given must outlive it.
class Searcher {
 public:
  Searcher(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool);

  /// What to try first on a segment.
  using Guesses = std::function<Guess(std::size_t segment, opus::Bandwidth bandwidth, opus::Mode mode)>;
  using Taker = std::function<void(std::size_t segment, Found found)>;

  /// One probe of each of the segments, in wideband two where it is not speech, for CELT may be better. `guess` is
  /// asked on the calling thread, for one segment after the other, when all but the last `segments_under_way` before it
  /// were taken, so that it can learn from these.
  void probe_first(std::span<const std::size_t> segments, opus::Bandwidth bandwidth, const Guesses& guess,
                   const Taker& take) const;
  [[nodiscard]] const Judge& judge() const noexcept { return judge_; }
  [[nodiscard]] const opus::WarmEncoders& encoders() const noexcept { return encoders_; }

  static constexpr std::size_t segments_under_way = 16;

 private:
  const audio::ConditionedEpisode& episode_;
  const CompressOptions& options_;
  core::ThreadPool& pool_;
  Judge judge_;
  opus::WarmEncoders encoders_;
};

}  // namespace chasqui::compress
