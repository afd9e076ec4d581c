#include "audio/mastering_pass.hpp"

#include "audio/features.hpp"

#include <algorithm>
#include <chasqui/error.hpp>

namespace chasqui::audio {

MasteringPass::MasteringPass(ConditionedSound& sound, const ConditionOptions& options, core::ThreadPool& pool)
    : sound_(sound),
      options_(options),
      gain_db_(options.normalize
                   ? loudness_gain_db(sound.input_lufs, options.target_lufs, options.ceiling_dbtp, sound.peaks)
                   : 0.0),
      describing_(pool, pool.size() + 1) {
  if (options.normalize) limiter_.emplace(gain_db_, options.ceiling_dbtp);
}

std::vector<Segment> MasteringPass::run() {
  std::vector<float> block;
  std::vector<float> limited;
  for (std::size_t i = 0; i < sound_.spool.blocks(); ++i) {
    check_stop();
    sound_.spool.read_block(i, block);
    limited.clear();
    if (limiter_) limiter_->push(block, limited);
    finalise(limiter_ ? limited : block);
  }
  limited.clear();
  if (limiter_) limiter_->finish(limited);
  finalise(limited);
  segmenter_.finish();
  submit_segments();
  while (!describing_.empty()) segments_.push_back(describing_.take());
  output_lufs_ = options_.normalize ? loudness_.integrated_lufs() : sound_.input_lufs;
  output_dbtp_ = true_peak_.finish();
  return std::move(segments_);
}

void MasteringPass::finalise(std::span<const float> mono) {
  final_.resize(mono.size());
  heard_.resize(mono.size());
  std::ranges::transform(mono, final_.begin(), [](float sample) { return to_int16(sample); });
  std::ranges::transform(final_, heard_.begin(),
                         [](std::int16_t sample) { return static_cast<float>(sample) / 32'768.0F; });
  sound_.spool.write_final(written_, final_);
  written_ += std::ssize(final_);
  if (options_.normalize) loudness_.push(heard_);
  true_peak_.push(final_);
  segmenter_.push(heard_);
  submit_segments();
}

void MasteringPass::submit_segments() {
  for (const std::int64_t end : segmenter_.take_cuts()) {
    if (describing_.full()) segments_.push_back(describing_.take());
    describing_.submit([this, begin = segment_begin_, end] { return describe(begin, end); });
    segment_begin_ = end;
  }
}

Segment MasteringPass::describe(std::int64_t begin, std::int64_t end) const {
  check_stop();
  std::vector<std::int16_t> samples(static_cast<std::size_t>(end - begin));
  sound_.spool.read_final(begin, samples);
  std::vector<float> mono(samples.size());
  std::ranges::transform(samples, mono.begin(),
                         [](std::int16_t sample) { return static_cast<float>(sample) / 32'768.0F; });
  Segment segment{
      .begin = begin, .end = end, .denoised = mostly_denoised(begin, end), .features = extract_features(mono)};
  segment.kind = classify(segment.features);
  return segment;
}

bool MasteringPass::mostly_denoised(std::int64_t begin, std::int64_t end) const noexcept {
  std::int64_t denoised = 0;
  for (const auto& span : sound_.denoised)
    denoised += std::max<std::int64_t>(0, std::min(end, span.end) - std::max(begin, span.begin));
  return 2 * denoised > end - begin;
}

void MasteringPass::check_stop() const {
  if (options_.stop.stop_requested()) throw Failure(Errc::cancelled, "stopped on request");
}

}  // namespace chasqui::audio
