#include "compress/final_check.hpp"

#include "core/pcm.hpp"
#include "core/stop.hpp"
#include "opus/encoder.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chasqui::compress {
namespace {

// At quality::scoring_rate_hz.
constexpr std::size_t part = FinalCheck::part_samples / scoring_step;
constexpr std::size_t overlap = FinalCheck::overlap_samples / scoring_step;
// What is left for the last part is at least this long.
constexpr std::size_t whole_window = std::size_t{4} * quality::scoring_rate_hz;

}  // namespace

FinalCheck::FinalCheck(const audio::ConditionedEpisode& episode, const Judge& judge, core::ThreadPool& pool,
                       std::stop_token stop)
    : FinalCheck(episode, judge, pool, std::move(stop), 0, 0) {}

FinalCheck::FinalCheck(const audio::ConditionedEpisode& episode, const Judge& judge, core::ThreadPool& pool,
                       std::stop_token stop, std::int64_t from, std::int64_t first_packet)
    : episode_(episode),
      judge_(judge),
      stop_(std::move(stop)),
      decoder_(value_or_throw(opus::PacketDecoder::create(judge.listener, 1, 0, quality::scoring_rate_hz))),
      skip_(static_cast<std::size_t>(opus::encoder_lookahead() + from - first_packet) / scoring_step),
      begin_(from / scoring_step),
      scoring_(pool, pool.size() + 1) {}

void FinalCheck::hear(std::span<const opus::Packet> packets) {
  for (const auto& packet : packets) {
    core::throw_if_stopped(stop_);
    decoder_.decode(packet.bytes, heard_);
    const std::size_t dropped = std::min(skip_, heard_.size());
    heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(dropped));
    skip_ -= dropped;
    if (heard_.size() >= part + whole_window) score_part(false);
  }
}

std::vector<quality::WindowScore> FinalCheck::finish() {
  const auto left = static_cast<std::size_t>(std::max<std::int64_t>(episode_.length() / scoring_step - begin_, 0));
  heard_.resize(std::min(heard_.size(), left));
  if (!heard_.empty()) score_part(true);
  while (!scoring_.empty()) std::ranges::move(scoring_.take(), std::back_inserter(windows_));
  return std::move(windows_);
}

void FinalCheck::score_part(bool last) {
  if (scoring_.full()) std::ranges::move(scoring_.take(), std::back_inserter(windows_));
  const std::size_t length = last ? heard_.size() : part + overlap;
  std::vector<float> sound(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(length));
  heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(last ? length : part));
  scoring_.submit([this, begin = begin_, sound = std::move(sound)] {
    core::throw_if_stopped(stop_);
    std::vector<std::int16_t> pcm(sound.size() * scoring_step);
    episode_.read(begin * scoring_step, pcm);
    auto windows = judge_.scorer.score(at_scoring_rate(pcm), sound, judge_.speech);
    const double begin_s = static_cast<double>(begin) / quality::scoring_rate_hz;
    for (auto& window : windows) {
      window.begin_s += begin_s;
      window.end_s += begin_s;
    }
    return windows;
  });
  begin_ += static_cast<std::int64_t>(part);
}

}  // namespace chasqui::compress
