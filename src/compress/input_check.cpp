#include "compress/input_check.hpp"

#include "opus/encoder.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

namespace chasqui::compress {
namespace {

constexpr std::size_t most_windows = 60;
constexpr std::int64_t settling_samples = core::sample_rate_hz;  // by then a decoder is what it would be anyway

}  // namespace

std::vector<InputCheck::Window> InputCheck::choose_windows(std::vector<SourceExcerpts::Excerpt> excerpts,
                                                           const audio::ConditionedEpisode& episode) {
  const auto packets = std::views::iota(std::int64_t{0}, episode.length() / core::packet_grid + 1);
  std::vector<Window> windows;
  for (auto& [excerpt_begin, sound] : excerpts) {
    const auto source_of = [&](std::int64_t packet) { return episode.source_position(packet * core::packet_grid); };
    const auto first = std::ranges::lower_bound(packets, excerpt_begin, {}, source_of);
    if (first == packets.end()) break;
    const std::int64_t begin = *first * core::packet_grid, end = begin + SourceExcerpts::window_samples;
    const std::int64_t into = source_of(*first) - excerpt_begin;
    if (end > episode.length() || episode.source_position(end) != excerpt_begin + into + SourceExcerpts::window_samples)
      continue;  // a pause in it was shortened
    const std::int64_t from = into / scoring_step, to = from + SourceExcerpts::window_samples / scoring_step;
    if (to > std::ssize(sound)) continue;
    windows.push_back({begin, {sound.begin() + from, sound.begin() + to}});
  }
  if (windows.size() <= most_windows) return windows;
  std::vector<Window> chosen;
  for (std::size_t i = 0; i < most_windows; ++i)
    chosen.push_back(std::move(windows[(2 * i + 1) * windows.size() / (2 * most_windows)]));
  return chosen;
}

InputCheck::InputCheck(std::vector<SourceExcerpts::Excerpt> excerpts, const audio::ConditionedEpisode& episode,
                       core::ThreadPool& pool, const CompressOptions& options)
    : episode_(episode),
      pool_(pool),
      windows_(choose_windows(std::move(excerpts), episode)),
      judge_{.scorer = quality::WindowScorer({.stop = options.stop}), .speech = {}, .listener = listener_of(options)} {
  judge_.speech = level_of(windows_);
}

InputCheck::Collector::Collector(const InputCheck& check) : excerpts_(check.windows_.size()) {
  for (const Window& window : check.windows_) wanted_.push_back(window.begin + opus::encoder_lookahead());
}

void InputCheck::Collector::add(std::span<const opus::Packet> packets) {
  for (const auto& packet : packets) {
    const std::int64_t end = at_ + packet.samples;
    // Those that end after the packet's begin; of these, all that have begun to settle.
    auto i = std::ranges::upper_bound(wanted_, at_ - SourceExcerpts::window_samples) - wanted_.begin();
    for (; i < std::ssize(wanted_) && wanted_[static_cast<std::size_t>(i)] - settling_samples < end; ++i) {
      auto& excerpt = excerpts_[static_cast<std::size_t>(i)];
      if (excerpt.packets.empty()) excerpt.begin = at_;
      excerpt.packets.push_back(packet);
    }
    at_ = end;
  }
}

quality::SpeechLevel InputCheck::level_of(std::span<const Window> windows) const {
  constexpr std::size_t enough = 20;
  std::vector<float> sound;
  for (std::size_t i = 0; i < windows.size(); i += (windows.size() + enough - 1) / enough)
    std::ranges::transform(windows[i].source, std::back_inserter(sound), core::as_float);
  return judge_.scorer.speech_level(sound);
}

InputScores InputCheck::score(const Collector& collected) const {
  const auto at = [&](std::size_t i) {
    const Window& window = windows_[i];
    std::vector<std::int16_t> pcm(static_cast<std::size_t>(SourceExcerpts::window_samples));
    episode_.read(window.begin, pcm);
    const auto& excerpt = collected.excerpts_[i];
    const auto heard = judge_.hear(excerpt.packets);
    const auto lag = static_cast<std::size_t>((collected.wanted_[i] - excerpt.begin) / scoring_step);
    std::vector<float> source(window.source.size());
    std::ranges::transform(window.source, source.begin(), core::as_float);
    return InputScores{judge_.scorer.score(source, at_scoring_rate(pcm), judge_.speech),
                       judge_.scorer.score(source, std::span(heard).subspan(lag), judge_.speech)};
  };
  core::OrderedTasks<InputScores> tasks(pool_, 2 * std::size_t{pool_.size()});
  InputScores scores;
  const auto take = [&] {
    auto one = tasks.take();
    std::ranges::move(one.conditioned, std::back_inserter(scores.conditioned));
    std::ranges::move(one.output, std::back_inserter(scores.output));
  };
  for (std::size_t i = 0; i < windows_.size(); ++i) {
    if (tasks.full()) take();
    tasks.submit([&at, i] { return at(i); });
  }
  while (!tasks.empty()) take();
  return scores;
}

}  // namespace chasqui::compress
