#include "compress/early_segments.hpp"

#include "compress/fixed_plan.hpp"
#include "compress/mode_choice.hpp"

#include <memory>
#include <utility>

namespace chasqui::compress {
namespace {

constexpr std::size_t most = 256;

}  // namespace

EarlySegments::EarlySegments(const CompressOptions& options, core::ThreadPool& pool) : options_(options), pool_(pool) {}

EarlySegments::~EarlySegments() {
  for (auto& segment : segments_)
    if (segment.valid()) segment.wait();
}

void EarlySegments::offer(const audio::Segment& segment, const audio::ReadSound& read) {
  const auto settings = fixed_settings(segment, options_.bitrate_kbps, options_.format == Format::caf);
  Waiting next{.index = newest_ ? newest_->index + 1 : 0,
               .segment = segment,
               .settings = settings,
               .onset = newest_ ? onset_after(newest_->settings, settings) : opus::Onset::continuing};
  // What is to be judged waits for the level of the whole episode's speech.
  if (newest_ && !mode_is_open(newest_->settings)) waiting_.push_back(*std::move(newest_));
  newest_ = next;
  if (!encoders_) {
    warm_up_.offer(segment, read);
    if (!warm_up_.full()) return;
    encoders_.emplace(warm_up_.sample());
  }
  while (!waiting_.empty() && begun_ < most && under_way_ < 2 * std::size_t{pool_.size()}) {
    begin(waiting_.front(), read);
    waiting_.pop_front();
  }
}

void EarlySegments::begin(const Waiting& waiting, const audio::ReadSound& read) {
  auto sound = std::make_shared<const SegmentSound>(read, waiting.segment, false, waiting.settings.frame_ms);
  segments_.resize(waiting.index + 1);
  ++begun_;
  ++under_way_;
  segments_[waiting.index] = pool_.submit([this, sound, settings = waiting.settings, onset = waiting.onset] {
    const struct Leave {
      std::atomic<std::size_t>& under_way;
      ~Leave() { --under_way; }
    } leave{under_way_};
    return encode_segment(*sound, *encoders_, settings, onset, options_.stop);
  });
}

std::optional<std::future<EncodedSegment>> EarlySegments::take(std::size_t index) {
  if (index >= segments_.size() || !segments_[index].valid()) return std::nullopt;
  return std::move(segments_[index]);
}

}  // namespace chasqui::compress
