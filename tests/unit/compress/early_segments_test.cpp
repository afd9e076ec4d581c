#include "compress/early_segments.hpp"

#include "compress/fixed_plan.hpp"
#include "unit/audio_conditioner/pcm_source.hpp"
#include "unit/opus/support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace chasqui::compress {
namespace {

/// A voice with pauses, at which segments end.
std::vector<float> sentences(double seconds) {
  const auto pcm = opus::test::voice(static_cast<std::size_t>(seconds * core::sample_rate_hz));
  std::vector<float> sound(pcm.size());
  for (std::size_t i = 0; i < sound.size(); ++i)
    if (std::fmod(static_cast<double>(i) / core::sample_rate_hz, 5) < 4.4) sound[i] = core::as_float(pcm[i]);
  return sound;
}

struct Case {
  bool normalize;
  double kbps;
};
class EarlySegmentsAt : public testing::TestWithParam<Case> {};

TEST_P(EarlySegmentsAt, AreWhatLaterOnesWouldBe) {
  const auto sound = sentences(60);
  CompressOptions options;
  options.bitrate_kbps = GetParam().kbps;
  core::ThreadPool pool(2);
  EarlySegments early(options, pool);
  audio::ConditionOptions conditioning;
  conditioning.normalize = GetParam().normalize;
  conditioning.denoise = Denoise::off;
  std::size_t offered = 0;
  conditioning.on_segment = [&](const audio::Segment& segment, const audio::ReadSound& read) {
    ++offered;
    early.offer(segment, read);
  };
  const auto episode =
      audio::Conditioner::run(audio::source_of(sound), {}, [] { return audio::DecodeStats{}; }, conditioning, pool);
  const auto& segments = episode.segments();
  EXPECT_EQ(offered, segments.size());
  ASSERT_GT(segments.size(), 3U);

  const auto plan = fixed_plan(segments, options.bitrate_kbps, false);
  const opus::WarmEncoders encoders(warm_up_of(episode));
  std::size_t taken = 0;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    auto begun = early.take(i);
    if (!begun) continue;
    ++taken;
    const auto onset = i > 0 ? onset_after(plan[i - 1], plan[i]) : opus::Onset::continuing;
    const auto now = encode_segment(episode, i, encoders, plan[i], onset, {}).packets;
    const auto then = begun->get().packets;
    EXPECT_TRUE(std::ranges::equal(then, now, {}, &opus::Packet::bytes, &opus::Packet::bytes)) << "segment " << i;
  }
  EXPECT_GT(taken, 0U) << "nothing was begun early";
  EXPECT_FALSE(early.take(segments.size() - 1)) << "who could know that it is the last?";
}

INSTANTIATE_TEST_SUITE_P(All, EarlySegmentsAt, testing::Values(Case{false, 8}, Case{true, 8}, Case{true, 24}));

}  // namespace
}  // namespace chasqui::compress
