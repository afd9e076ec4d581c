#include "audio/conditioning_pass.hpp"

#include "audio/denoiser.hpp"
#include "audio/features.hpp"
#include "core/pcm.hpp"
#include "core/stop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <limits>
#include <utility>

namespace chasqui::audio {
namespace {

constexpr std::size_t join_samples = 480;  // neighbours overlap by a cross-fade of 10 ms
constexpr double voiced_snr_db = 15;       // a piece with less tells nothing of the voice's level
constexpr double voice_tracking = 0.3;     // per piece
constexpr double pause_over_floor_db = 6;
constexpr double pause_under_voice_db = 20;      // at least so far below
constexpr double inaudible_under_voice_db = 50;  // at most so far below
constexpr double silence_dbfs = -70;             // a pause, whatever the voice

Denoise resolve(const ConditionOptions& options) {
  if (options.denoise == Denoise::automatic && !denoiser_available()) return Denoise::off;
  if (options.denoise == Denoise::on) const Denoiser probe;  // throws when there is none
  return options.denoise;
}

bool musical(SegmentClass kind) noexcept {
  return kind == SegmentClass::music || kind == SegmentClass::mixed;
}

}  // namespace

ConditioningPass::ConditioningPass(const ConditionOptions& options, core::ThreadPool& pool, Sink sink)
    : options_(options),
      denoise_(resolve(options)),
      trim_(options.trim_pauses),
      sink_(std::move(sink)),
      cutter_(denoise_ == Denoise::off ? 0 : Denoiser::priming_samples,
              denoise_ == Denoise::off ? 0 : join_samples + Denoiser::delay_samples),
      measuring_(pool, pool.size() + 1),
      processing_(pool, pool.size() + 1) {}

ConditionedSound ConditioningPass::run(const PcmSource& source) {
  pull_all(source, options_, [this](std::span<float> mono) { feed(mono); });
  cutter_.finish();
  submit_pieces();
  while (!measuring_.empty()) take_measured();
  while (!measured_.empty()) decide_oldest();
  while (!processing_.empty()) collect(processing_.take());
  trimmer_.finish(ready_);
  hand_on(ready_.size());

  sound_.input_samples = cutter_.length();
  if (sound_.length == 0) return std::move(sound_);
  sound_.map = trimmer_.map();
  for (auto& span : sound_.denoised) span = {sound_.map.to_output(span.begin), sound_.map.to_output(span.end)};
  sound_.input_lufs = loudness_.integrated_lufs();
  std::ranges::nth_element(floors_db_, floors_db_.begin() + std::ssize(floors_db_) / 2);
  sound_.noise_floor_dbfs = static_cast<double>(floors_db_[floors_db_.size() / 2]);
  return std::move(sound_);
}

void ConditioningPass::feed(std::span<float> mono) {
  high_pass_.process(mono);
  cutter_.push(mono);
  submit_pieces();
  // Pieces come whole; taken up at once, each would keep the decoder waiting.
  hand_on(2 * mono.size());
}

void ConditioningPass::submit_pieces() {
  for (Piece& piece : cutter_.take()) {
    if (measuring_.full()) take_measured();
    measuring_.submit(
        [this, work = Work{.piece = std::move(piece), .levels = {}}]() mutable { return measure(std::move(work)); });
  }
}

ConditioningPass::Work ConditioningPass::measure(Work work) const {
  core::throw_if_stopped(options_.stop);
  work.levels = measure_levels(work.piece.own());
  // The class is dear, and matters only to pieces that might be denoised or shortened.
  const bool noisy = denoise_ == Denoise::automatic && work.levels.snr_db() < DenoiseDecision::off_above_db;
  if (noisy || trim_) work.kind = classify(extract_features(work.piece.own()));
  return work;
}

void ConditioningPass::take_measured() {
  measured_.push_back(measuring_.take());
  if (measured_.size() > DenoiseDecision::neighbours) decide_oldest();
}

void ConditioningPass::decide_oldest() {
  Work work = std::move(measured_.front());
  measured_.pop_front();
  const auto levels_of = [](const Work& w) { return PieceLevels{.levels = w.levels, .musical = musical(w.kind)}; };
  std::vector<PieceLevels> around(decided_.begin(), decided_.end());
  around.push_back(levels_of(work));
  for (const Work& next : measured_) around.push_back(levels_of(next));
  const bool pays = decision_.decide(around);
  decided_.push_back(levels_of(work));
  if (decided_.size() > DenoiseDecision::neighbours) decided_.pop_front();

  // Whatever the neighbours: music on its own, and nothing at all, stay as they are.
  const bool spared = work.levels.quiet_share >= 1 || work.kind == SegmentClass::music;
  work.denoise = denoise_ == Denoise::on || (denoise_ == Denoise::automatic && pays && !spared);
  if (processing_.full()) collect(processing_.take());
  processing_.submit([this, work = std::move(work)] { return process(work); });
}

ConditioningPass::Done ConditioningPass::process(const Work& work) const {
  core::throw_if_stopped(options_.stop);
  const Piece& piece = work.piece;
  const std::size_t end = piece.lead + piece.length() + std::min(join_samples, piece.follow());
  Done done{.begin = piece.begin,
            .end = piece.end,
            .sound = {},
            .levels = work.levels,
            .floor_db = work.levels.floor_db,
            .kind = work.kind,
            .denoised = work.denoise};
  if (work.denoise) {
    done.sound = Denoiser().process(piece.sound, piece.lead, end, options_.stop);
    done.levels = measure_levels(std::span(done.sound).first(piece.length()));
  } else {
    const auto sound = std::span(piece.sound).subspan(piece.lead, end - piece.lead);
    done.sound.assign(sound.begin(), sound.end());
  }
  return done;
}

void ConditioningPass::collect(Done done) {
  core::throw_if_stopped(options_.stop);
  const std::size_t length = static_cast<std::size_t>(done.end - done.begin);
  const std::size_t joined = std::min(overlap_.size(), length);
  for (std::size_t i = 0; i < joined; ++i) {
    const float fade = (static_cast<float>(i) + 0.5F) / static_cast<float>(joined);
    done.sound[i] = overlap_[i] + (done.sound[i] - overlap_[i]) * fade;
  }
  overlap_.assign(done.sound.begin() + static_cast<std::ptrdiff_t>(length), done.sound.end());
  done.sound.resize(length);

  if (done.denoised) {
    auto& spans = sound_.denoised;
    if (!spans.empty() && spans.back().end == done.begin)
      spans.back().end = done.end;
    else
      spans.push_back({done.begin, done.end});
  }
  floors_db_.push_back(static_cast<float>(done.floor_db));
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(std::exchange(handed_on_, 0)));
  trimmer_.push(done.sound, trim_ ? pause_below_db(done) : -std::numeric_limits<double>::infinity(), ready_);
}

double ConditioningPass::pause_below_db(const Done& done) {
  if (musical(done.kind)) return -std::numeric_limits<double>::infinity();
  if (done.levels.snr_db() >= voiced_snr_db) {
    voice_db_ = voice_known_ ? voice_db_ + voice_tracking * (done.levels.voice_db - voice_db_) : done.levels.voice_db;
    voice_known_ = true;
  }
  if (!voice_known_) return silence_dbfs;
  const double below = std::min(done.levels.floor_db + pause_over_floor_db, voice_db_ - pause_under_voice_db);
  return std::max({below, voice_db_ - inaudible_under_voice_db, silence_dbfs});
}

void ConditioningPass::hand_on(std::size_t most) {
  const auto left = std::span<const float>(ready_).subspan(handed_on_);
  const auto mono = left.first(std::min(most, left.size()));
  handed_on_ += mono.size();
  sound_.length += std::ssize(mono);
  loudness_.push(mono);
  sound_.peaks.push(mono);
  sink_(mono);
}

}  // namespace chasqui::audio
