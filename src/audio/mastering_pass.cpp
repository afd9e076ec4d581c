#include "audio/mastering_pass.hpp"

#include "audio/features.hpp"
#include "core/stop.hpp"

#include <algorithm>
#include <chasqui/error.hpp>

namespace chasqui::audio {

MasteringPass::MasteringPass(Spool& spool, std::optional<double> gain_db, const ConditionOptions& options,
                             core::ThreadPool& pool)
    : spool_(spool),
      options_(options),
      segmenter_(options.segment_length),
      describing_(pool, 16 * std::size_t{pool.size()}) {
  if (gain_db) limiter_.emplace(*gain_db, options.ceiling_dbtp);
}

void MasteringPass::push(std::span<const float> mono) {
  core::throw_if_stopped(options_.stop);
  if (!limiter_) {
    finalise(mono);
    return;
  }
  limited_.clear();
  limiter_->push(mono, limited_);
  finalise(limited_);
}

std::vector<Segment> MasteringPass::finish() {
  limited_.clear();
  if (limiter_) limiter_->finish(limited_);
  finalise(limited_);
  segmenter_.finish();
  submit_segments();
  while (!describing_.empty()) take_described();
  if (limiter_) {
    output_lufs_ = loudness_.integrated_lufs();
    output_dbtp_ = true_peak_.finish();
  }
  return std::move(segments_);
}

void MasteringPass::finalise(std::span<const float> mono) {
  final_.resize(mono.size());
  heard_.resize(mono.size());
  std::ranges::transform(mono, final_.begin(), [](float sample) { return to_int16(sample); });
  std::ranges::transform(final_, heard_.begin(), core::as_float);
  spool_.write_final(written_, final_);
  written_ += std::ssize(final_);
  if (limiter_) {
    loudness_.push(heard_);
    true_peak_.push(final_);
  }
  segmenter_.push(heard_);
  submit_segments();
}

void MasteringPass::submit_segments() {
  for (const std::int64_t end : segmenter_.take_cuts()) {
    while (describing_.full() || describing_.ready()) take_described();
    describing_.submit([this, begin = segment_begin_, end] { return describe(begin, end); });
    segment_begin_ = end;
  }
}

void MasteringPass::take_described() {
  segments_.push_back(describing_.take());
  if (options_.on_segment)
    options_.on_segment(segments_.back(),
                        [this](std::int64_t begin, std::span<std::int16_t> out) { spool_.read_written(begin, out); });
}

Segment MasteringPass::describe(std::int64_t begin, std::int64_t end) const {
  core::throw_if_stopped(options_.stop);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(end - begin));
  spool_.read_written(begin, samples);
  std::vector<float> mono(samples.size());
  std::ranges::transform(samples, mono.begin(), core::as_float);
  Segment segment{.begin = begin, .end = end, .features = extract_features(mono)};
  segment.kind = classify(segment.features);
  return segment;
}

}  // namespace chasqui::audio
