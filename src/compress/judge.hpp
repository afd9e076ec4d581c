#pragma once

#include "audio/conditioner.hpp"
#include "core/pcm.hpp"
#include "opus/decoder.hpp"
#include "quality/window_scores.hpp"

#include <chasqui/compress.hpp>
#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::compress {

/// Samples at 48 kHz for one at quality::scoring_rate_hz.
inline constexpr int scoring_step = core::sample_rate_hz / quality::scoring_rate_hz;

/// The decoder through which a quality is judged.
opus::ListenerDecoder listener_of(const CompressOptions& options) noexcept;

/// What every judgement in an episode shares.
struct Judge {
  quality::WindowScorer scorer;
  quality::SpeechLevel speech;  ///< of the whole episode
  opus::ListenerDecoder listener;

  /// What the listener hears of packets, at quality::scoring_rate_hz; it lags by opus::encoder_lookahead() / 3.
  [[nodiscard]] std::vector<float> hear(std::span<const opus::Packet> packets) const;
};

/// The level of speech comes from at most 4 s of each of up to 60 segments spread over the episode. A stop request ends
/// this and what is scored with it by Failure(cancelled).
Judge make_judge(const audio::ConditionedEpisode& episode, opus::ListenerDecoder listener, std::stop_token stop);

/// 16-bit sound at 48 kHz as floats at quality::scoring_rate_hz.
std::vector<float> at_scoring_rate(std::span<const std::int16_t> pcm);

}  // namespace chasqui::compress
