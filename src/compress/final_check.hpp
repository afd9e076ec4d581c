#pragma once

#include "audio/conditioner.hpp"
#include "compress/judge.hpp"
#include "core/pcm.hpp"
#include "core/thread_pool.hpp"
#include "opus/decoder.hpp"
#include "opus/packet.hpp"
#include "quality/window_scores.hpp"

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::compress {

/// What the listener hears of the whole stream, by one decoder from its first packet to its last, against the
/// conditioned sound. Windows cover all of it, joins too. Scored in parts of a minute, so that memory stays bounded.
/// For one thread; what is given must outlive it. Throws Failure(cancelled) on a stop request.
class FinalCheck {
 public:
  FinalCheck(const audio::ConditionedEpisode& episode, const Judge& judge, core::ThreadPool& pool,
             std::stop_token stop);
  /// Of a part of the stream and what follows it: windows that begin at `from` or later, which is a multiple of
  /// `part_samples`; the first packet is that of `first_packet`, which is earlier, so that the decoder has settled.
  /// Both in samples at core::sample_rate_hz.
  FinalCheck(const audio::ConditionedEpisode& episode, const Judge& judge, core::ThreadPool& pool, std::stop_token stop,
             std::int64_t from, std::int64_t first_packet);

  /// What is scored at once, and how far the windows that begin in it reach into the next: at core::sample_rate_hz.
  static constexpr std::int64_t part_samples = std::int64_t{60} * core::sample_rate_hz;
  static constexpr std::int64_t overlap_samples = std::int64_t{3} * core::sample_rate_hz;

  /// The next packets of the stream.
  void hear(std::span<const opus::Packet> packets);
  /// No more follow. Windows by rising time.
  std::vector<quality::WindowScore> finish();

 private:
  using Windows = std::vector<quality::WindowScore>;
  void score_part(bool last);

  const audio::ConditionedEpisode& episode_;
  const Judge& judge_;
  std::stop_token stop_;
  opus::PacketDecoder decoder_;
  std::vector<float> heard_;  // at quality::scoring_rate_hz, from begin_ on, pre-skip included at first
  std::size_t skip_;          // samples of heard_ still to drop: the pre-skip
  std::int64_t begin_;        // at scoring_rate_hz
  core::OrderedTasks<Windows> scoring_;
  Windows windows_;
};

}  // namespace chasqui::compress
