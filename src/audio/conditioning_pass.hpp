#pragma once

#include "audio/conditioner.hpp"
#include "audio/high_pass.hpp"
#include "audio/loudness.hpp"
#include "audio/noise_floor.hpp"
#include "audio/pause_trimmer.hpp"
#include "audio/pcm_source.hpp"
#include "audio/piece_cutter.hpp"
#include "core/thread_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <span>
#include <vector>

namespace chasqui::audio {

/// What is known of the sound after pass 1. Positions in samples.
struct ConditionedSound {
  struct Span {
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };
  TimeMap map;
  std::vector<Span> denoised;  ///< on the output's time, ordered, neighbours joined
  PeakHistogram peaks;
  double input_lufs = std::numeric_limits<double>::quiet_NaN();  ///< as the next, where not measured
  double noise_floor_dbfs = std::numeric_limits<double>::quiet_NaN();
  std::int64_t input_samples = 0;
  std::int64_t length = 0;  ///< of the output
};

/// Pass 1: pull, high-pass, cut into pieces; then, piece by piece in the pool, measure and denoise; then, in
/// order again, join, shorten pauses, measure loudness, hand on. The calling thread does what is in order. One use.
class ConditioningPass {
 public:
  using Sink = std::function<void(std::span<const float>)>;

  /// `sink` takes the output, on the calling thread. Throws Failure(unavailable) for Denoise::on without RNNoise.
  ConditioningPass(const ConditionOptions& options, core::ThreadPool& pool, Sink sink);

  /// Throws Failure: input_empty, cancelled, disk_full, and what the source throws.
  ConditionedSound run(const PcmSource& source);

 private:
  /// A piece on its way through the pool.
  struct Work {
    Piece piece;
    LevelStats levels;
    SegmentClass kind = SegmentClass::speech;
    bool denoise = false;
  };
  struct Done {
    std::int64_t begin = 0;
    std::int64_t end = 0;
    std::vector<float> sound;  // of the piece, and then what overlaps with the next
    LevelStats levels;         // of the sound as it is now
    double floor_db = 0;       // of the sound as it was
    SegmentClass kind = SegmentClass::speech;
    bool denoised = false;
  };

  void feed(std::span<float> mono);
  void submit_pieces();
  Work measure(Work work) const;
  Done process(const Work& work) const;
  void take_measured();
  void decide_oldest();
  void collect(Done done);
  [[nodiscard]] double pause_below_db(const Done& done);
  void hand_on(std::size_t most);

  const ConditionOptions& options_;
  Denoise denoise_;
  bool trim_;
  Sink sink_;
  HighPass high_pass_;
  PieceCutter cutter_;
  DenoiseDecision decision_;
  std::deque<PieceLevels> decided_;  // of the last pieces, for the decision on the next
  std::deque<Work> measured_;        // awaiting what comes after them
  PauseTrimmer trimmer_;
  double voice_db_ = 0;  // tracked over pieces of speech
  bool voice_known_ = false;
  std::vector<float> overlap_;  // the last piece's own view of the begin of the next
  std::vector<float> ready_;    // output, of which the first have been handed on
  std::size_t handed_on_ = 0;
  std::vector<float> floors_db_;
  LoudnessMeter loudness_;
  ConditionedSound sound_;
  // Last, so that what is under way ends before what it refers to.
  core::OrderedTasks<Work> measuring_;
  core::OrderedTasks<Done> processing_;
};

}  // namespace chasqui::audio
