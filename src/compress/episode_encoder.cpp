#include "compress/episode_encoder.hpp"

#include "compress/fixed_plan.hpp"
#include "compress/judge.hpp"
#include "compress/mode_choice.hpp"
#include "compress/progress.hpp"
#include "compress/quality_encoder.hpp"
#include "compress/warm_up.hpp"
#include "core/stop.hpp"

#include <algorithm>
#include <optional>

namespace chasqui::compress {
namespace {

void encode_at_bitrate(const audio::ConditionedEpisode& episode, const CompressOptions& options, core::ThreadPool& pool,
                       EarlySegments* early, const std::function<void(const EncodedSegment&)>& take) {
  const auto plan = fixed_plan(episode.segments(), options.bitrate_kbps, options.format == Format::caf);
  std::optional<Judge> judge;
  if (std::ranges::any_of(plan, mode_is_open)) judge = make_judge(episode, {}, options.stop);
  std::optional<opus::WarmEncoders> own;
  const auto* encoders = early != nullptr ? early->encoders() : nullptr;
  if (encoders == nullptr) encoders = &own.emplace(warm_up_of(episode));

  const auto encode = [&](std::size_t index) {
    core::throw_if_stopped(options.stop);
    if (mode_is_open(plan[index]))
      return encode_in_better_mode(SegmentProber(episode, index, *judge, *encoders, options.stop), plan[index]);
    const auto onset = index > 0 ? onset_after(plan[index - 1], plan[index]) : opus::Onset::continuing;
    return encode_segment(episode, index, *encoders, plan[index], onset, options.stop);
  };

  core::OrderedTasks<EncodedSegment> tasks(pool, 4 * std::size_t{pool.size()});
  opus::EncoderSettings before = plan.empty() ? opus::EncoderSettings{} : plan.front();
  std::size_t taken = 0;
  const auto take_next = [&] {
    auto segment = tasks.take();
    // SILK was begun as after SILK.
    if (judge && segment.settings.mode == opus::Mode::silk &&
        onset_after(before, segment.settings) == opus::Onset::fresh)
      segment = encode_segment(episode, taken, *encoders, segment.settings, opus::Onset::fresh, options.stop);
    before = segment.settings;
    take(segment);
    report_encoding_progress(options, episode.length(), episode.segments()[taken++].end);
  };
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (tasks.full()) take_next();
    if (auto begun = early != nullptr ? early->take(i) : std::nullopt)
      tasks.adopt(*std::move(begun));
    else
      tasks.submit([&encode, i] { return encode(i); });
  }
  while (!tasks.empty()) take_next();
}

}  // namespace

std::vector<quality::WindowScore> encode_episode(const audio::ConditionedEpisode& episode,
                                                 const CompressOptions& options, core::ThreadPool& pool,
                                                 const model::Predictor* predictor, EarlySegments* early,
                                                 const std::function<void(const EncodedSegment&)>& take) {
  if (options.quality > 0) return encode_to_quality(episode, options, pool, predictor, take);
  encode_at_bitrate(episode, options, pool, early, take);
  return {};
}

}  // namespace chasqui::compress
