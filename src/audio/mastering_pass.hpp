#pragma once

#include "audio/conditioner.hpp"
#include "audio/conditioning_pass.hpp"
#include "audio/limiter.hpp"
#include "audio/loudness.hpp"
#include "audio/segmenter.hpp"
#include "audio/true_peak.hpp"
#include "core/thread_pool.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace chasqui::audio {

/// Pass 2: gain and limiter over the spool, in place; the final sound is measured, cut into segments, and each
/// segment's features are extracted in the pool. The calling thread does what is in order. One use.
class MasteringPass {
 public:
  MasteringPass(ConditionedSound& sound, const ConditionOptions& options, core::ThreadPool& pool);

  /// Throws Failure: cancelled, disk_full.
  std::vector<Segment> run();

  // Of the final sound, once run.
  [[nodiscard]] double gain_db() const noexcept { return gain_db_; }
  [[nodiscard]] double output_lufs() const noexcept { return output_lufs_; }
  [[nodiscard]] double output_dbtp() const noexcept { return output_dbtp_; }

 private:
  void finalise(std::span<const float> mono);
  void submit_segments();
  [[nodiscard]] Segment describe(std::int64_t begin, std::int64_t end) const;
  [[nodiscard]] bool mostly_denoised(std::int64_t begin, std::int64_t end) const noexcept;
  void check_stop() const;

  ConditionedSound& sound_;
  const ConditionOptions& options_;
  double gain_db_;
  double output_lufs_ = 0;
  double output_dbtp_ = 0;
  std::optional<Limiter> limiter_;
  LoudnessMeter loudness_;
  TruePeakMeter true_peak_;
  Segmenter segmenter_;
  std::int64_t written_ = 0;        // final samples so far
  std::int64_t segment_begin_ = 0;  // of the next segment
  std::vector<std::int16_t> final_;
  std::vector<float> heard_;
  std::vector<Segment> segments_;
  core::OrderedTasks<Segment> describing_;
};

}  // namespace chasqui::audio
