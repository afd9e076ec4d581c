#pragma once

#include "audio/conditioner.hpp"
#include "compress/found.hpp"
#include "compress/judge.hpp"
#include "core/thread_pool.hpp"
#include "opus/warm_encoders.hpp"
#include "quality/window_scores.hpp"

#include <functional>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::compress {

/// Hears the stream of an episode as it would be shipped, changes the bitrates under windows that lack something or
/// have it to spare, and hears it again, until nothing lacks or nothing helps. Windows over joins count as all others.
/// The outcome does not depend on the size of the pool. For one thread; what is given must outlive it.
class StreamSearch {
 public:
  StreamSearch(const audio::ConditionedEpisode& episode, const Judge& judge, const opus::WarmEncoders& encoders,
               core::ThreadPool& pool, std::stop_token stop);

  /// Of the first pass.
  using Progress = std::function<void(double share)>;

  /// `found` are all segments after their first probe, and end with what the windows over them came to. In `passes`
  /// passes bitrates rise and sink; after these they only rise where a window is below the goal. Another run, after
  /// some segments were found anew, hears only what these have changed, and all at its end. Throws Failure(cancelled)
  /// on a stop request.
  void run(int passes, const Progress& progress, std::span<Found> found);
  /// Of the stream, by rising time.
  [[nodiscard]] const std::vector<quality::WindowScore>& windows() const noexcept { return windows_; }

 private:
  /// What makes the packets of a segment.
  struct Encoded {
    opus::EncoderSettings settings;
    opus::Onset onset;
    std::vector<float> kbps;
    bool operator==(const Encoded&) const = default;
  };

  static Encoded encoded(const Found& one);
  bool hear(std::span<const Found> found);
  std::vector<char> changed(std::span<const Found> found) const;
  bool encode_again(int pass, int passes, const Progress& progress, std::span<Found> found) const;

  const audio::ConditionedEpisode& episode_;
  const Judge& judge_;
  const opus::WarmEncoders& encoders_;
  core::ThreadPool& pool_;
  std::stop_token stop_;
  std::vector<Encoded> heard_;  // of each segment
  std::vector<quality::WindowScore> windows_;
};

}  // namespace chasqui::compress
