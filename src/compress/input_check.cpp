#include "compress/input_check.hpp"

#include "audio/decoder.hpp"
#include "audio/spool.hpp"
#include "compress/conditioning.hpp"
#include "dsp/resampler.hpp"
#include "opus/encoder.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace chasqui::compress {
namespace {

constexpr std::int64_t most_places = 60;
constexpr std::int64_t window_samples = std::int64_t{4} * core::sample_rate_hz;
constexpr std::int64_t settling_samples = core::sample_rate_hz;  // by then a decoder is what it would be anyway
constexpr std::int64_t step_samples = 4 * core::packet_grid;     // to look for a place without a cut

}  // namespace

std::vector<InputCheck::Place> InputCheck::choose_places(const audio::ConditionedEpisode& episode) {
  const std::int64_t count = std::min(most_places, episode.length() / window_samples);
  std::vector<Place> places;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t end = episode.length() * (i + 1) / count - window_samples;
    // Windows may not overlap, and begin where packets do.
    const std::int64_t after = places.empty() ? 0 : places.back().begin + window_samples;
    std::int64_t begin = std::max(after, (episode.length() * i / count + end) / 2);
    begin = (begin + core::packet_grid - 1) / core::packet_grid * core::packet_grid;
    for (; begin <= end; begin += step_samples) {
      const std::int64_t source = episode.source_position(begin);
      if (episode.source_position(begin + window_samples) - source != window_samples) continue;
      places.push_back({begin, source});
      break;
    }
  }
  return places;
}

InputCheck::Sounds InputCheck::decode(const std::filesystem::path& input, const CompressOptions& options,
                                      const std::vector<Place>& places) {
  auto decoder = value_or_throw(audio::Decoder::open(input, decoder_options(options)));
  Sounds sounds;
  std::vector<float> block(core::sample_rate_hz);
  std::vector<float> sound;  // of the next place
  std::int64_t begin = 0;    // of the block
  while (sounds.size() < places.size()) {
    const auto count = static_cast<std::int64_t>(value_or_throw(decoder.read(block)));
    if (count == 0) throw Failure(Errc::input_unreadable, input.string() + ": has changed while it was compressed");
    // A window is longer than a block.
    for (std::size_t i = sounds.size(); i < std::min(sounds.size() + 2, places.size()); ++i) {
      const std::int64_t from = std::max(begin, places[i].source_begin);
      const std::int64_t to = std::min(begin + count, places[i].source_begin + window_samples);
      if (from >= to) break;
      sound.insert(sound.end(), block.begin() + (from - begin), block.begin() + (to - begin));
      if (std::ssize(sound) < window_samples) break;
      const auto resampled = dsp::resample(sound, core::sample_rate_hz, quality::scoring_rate_hz);
      std::ranges::transform(resampled, std::back_inserter(sounds.emplace_back()), audio::to_int16);
      sound.clear();
    }
    begin += count;
  }
  return sounds;
}

InputCheck::InputCheck(const std::filesystem::path& input, const CompressOptions& options,
                       const audio::ConditionedEpisode& episode, core::ThreadPool& pool)
    : episode_(episode),
      pool_(pool),
      places_(choose_places(episode)),
      judge_{.scorer = quality::WindowScorer({.stop = options.stop}), .speech = {}, .listener = listener_of(options)},
      sounds_(pool.submit([this, &input, &options] { return decode(input, options, places_); })) {}

InputCheck::~InputCheck() {
  if (sounds_.valid()) sounds_.wait();
}

InputCheck::Collector::Collector(const InputCheck& check) : excerpts_(check.places_.size()) {
  for (const Place& place : check.places_) wanted_.push_back(place.begin + opus::encoder_lookahead());
}

void InputCheck::Collector::add(std::span<const opus::Packet> packets) {
  for (const auto& packet : packets) {
    const std::int64_t end = at_ + packet.samples;
    // Those that end after the packet's begin; of these, all that have begun to settle.
    auto i = std::ranges::upper_bound(wanted_, at_ - window_samples) - wanted_.begin();
    for (; i < std::ssize(wanted_) && wanted_[static_cast<std::size_t>(i)] - settling_samples < end; ++i) {
      auto& excerpt = excerpts_[static_cast<std::size_t>(i)];
      if (excerpt.packets.empty()) excerpt.begin = at_;
      excerpt.packets.push_back(packet);
    }
    at_ = end;
  }
}

quality::SpeechLevel InputCheck::level_of(const Sounds& sounds) const {
  constexpr std::size_t enough = 20;
  std::vector<float> sound;
  for (std::size_t i = 0; i < sounds.size(); i += (sounds.size() + enough - 1) / enough)
    std::ranges::transform(sounds[i], std::back_inserter(sound), core::as_float);
  return judge_.scorer.speech_level(sound);
}

InputScores InputCheck::score(const Collector& collected) {
  const Sounds sounds = sounds_.get();
  if (sounds.empty()) return {};
  judge_.speech = level_of(sounds);

  const auto at = [&](std::size_t i) {
    std::vector<std::int16_t> pcm(static_cast<std::size_t>(window_samples));
    episode_.read(places_[i].begin, pcm);
    const auto& excerpt = collected.excerpts_[i];
    const auto heard = judge_.hear(excerpt.packets);
    const auto lag = static_cast<std::size_t>((collected.wanted_[i] - excerpt.begin) / scoring_step);
    std::vector<float> source(sounds[i].size());
    std::ranges::transform(sounds[i], source.begin(), core::as_float);
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
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (tasks.full()) take();
    tasks.submit([&at, i] { return at(i); });
  }
  while (!tasks.empty()) take();
  return scores;
}

}  // namespace chasqui::compress
