#pragma once

#include "audio/conditioner.hpp"
#include "audio/limiter.hpp"
#include "audio/loudness.hpp"
#include "audio/segment.hpp"
#include "audio/segmenter.hpp"
#include "audio/spool.hpp"
#include "audio/true_peak.hpp"
#include "core/thread_pool.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace chasqui::audio {

/// Gain and limiter; what comes out is final: it goes to the spool, is measured, cut into segments, and each segment's
/// features are extracted in the pool. The calling thread does what is in order. The final sound never gets ahead of
/// what was pushed, so that the sound may come from the same spool. One use. Throws Failure: cancelled, disk_full.
class MasteringPass {
 public:
  /// `gain_db` absent: the sound stays as it is, without a limiter, and is not measured.
  MasteringPass(Spool& spool, std::optional<double> gain_db, const ConditionOptions& options, core::ThreadPool& pool);

  void push(std::span<const float> mono);
  /// After the last push. Whether segments are denoised is not known here.
  std::vector<Segment> finish();

  // Of the final sound, once finished; NaN where not measured.
  [[nodiscard]] double output_lufs() const noexcept { return output_lufs_; }
  [[nodiscard]] double output_dbtp() const noexcept { return output_dbtp_; }

 private:
  void finalise(std::span<const float> mono);
  void submit_segments();
  void take_described();
  [[nodiscard]] Segment describe(std::int64_t begin, std::int64_t end) const;

  Spool& spool_;
  const ConditionOptions& options_;
  double output_lufs_ = std::numeric_limits<double>::quiet_NaN();
  double output_dbtp_ = std::numeric_limits<double>::quiet_NaN();
  std::optional<Limiter> limiter_;
  LoudnessMeter loudness_;
  TruePeakMeter true_peak_;
  Segmenter segmenter_;
  std::int64_t written_ = 0;        // final samples so far
  std::int64_t segment_begin_ = 0;  // of the next segment
  std::vector<float> limited_;
  std::vector<std::int16_t> final_;
  std::vector<float> heard_;
  std::vector<Segment> segments_;
  core::OrderedTasks<Segment> describing_;
};

}  // namespace chasqui::audio
