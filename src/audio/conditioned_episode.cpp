#include "audio/condition_source.hpp"
#include "audio/mastering_pass.hpp"
#include "audio/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace chasqui::audio {
namespace {

double seconds(std::int64_t samples) noexcept {
  return static_cast<double>(samples) / core::sample_rate_hz;
}

bool mostly_denoised(const Segment& segment, const ConditionedSound& sound) noexcept {
  std::int64_t denoised = 0;
  for (const auto& span : sound.denoised)
    denoised += std::max<std::int64_t>(0, std::min(segment.end, span.end) - std::max(segment.begin, span.begin));
  return 2 * denoised > segment.end - segment.begin;
}

/// A sound's final form and what was found on the way.
struct Mastered {
  explicit Mastered(const ConditionOptions& options) : spool(options.spool_folder) {}

  Spool spool;
  ConditionedSound sound;
  std::vector<Segment> segments;
  double gain_db = 0;
  double output_lufs = 0;
  double output_dbtp = 0;

  void finish(MasteringPass& mastering) {
    segments = mastering.finish();
    output_lufs = mastering.output_lufs();
    output_dbtp = mastering.output_dbtp();
  }
};

/// The gain is known only after the last sample: through the spool, twice.
Mastered condition_and_master(const PcmSource& source, const ConditionOptions& options, core::ThreadPool& pool) {
  Mastered result(options);
  Spool& spool = result.spool;
  result.sound = ConditioningPass(options, pool, [&](std::span<const float> mono) { spool.append(mono); }).run(source);
  spool.flush();
  const auto& sound = result.sound;
  result.gain_db = loudness_gain_db(sound.input_lufs, options.target_lufs, options.ceiling_dbtp, sound.peaks);
  MasteringPass mastering(spool, result.gain_db, options, pool);
  std::vector<float> block;
  for (std::size_t i = 0; i < spool.blocks(); ++i) {
    spool.read_block(i, block);
    mastering.push(block);
  }
  result.finish(mastering);
  for (Segment& segment : result.segments) segment.denoised = mostly_denoised(segment, sound);
  return result;
}

/// As it comes, so it stays; nothing is measured but what segments need.
Mastered keep(const PcmSource& source, const ConditionOptions& options, core::ThreadPool& pool) {
  Mastered result(options);
  MasteringPass mastering(result.spool, std::nullopt, options, pool);
  result.sound.length = result.sound.input_samples =
      pull_all(source, options, [&](std::span<float> mono) { mastering.push(mono); });
  result.finish(mastering);
  return result;
}

}  // namespace

struct ConditionedEpisode::Impl {
  Spool spool;
  std::vector<Segment> segments;
  MediaInfo media;
  TimeMap map;
  ConditionReport report;
};

ConditionedEpisode::ConditionedEpisode(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
ConditionedEpisode::ConditionedEpisode(ConditionedEpisode&&) noexcept = default;
ConditionedEpisode& ConditionedEpisode::operator=(ConditionedEpisode&&) noexcept = default;
ConditionedEpisode::~ConditionedEpisode() = default;

std::int64_t ConditionedEpisode::length() const noexcept {
  return impl_->spool.length();
}
const std::vector<Segment>& ConditionedEpisode::segments() const noexcept {
  return impl_->segments;
}
const MediaInfo& ConditionedEpisode::media() const noexcept {
  return impl_->media;
}
const ConditionReport& ConditionedEpisode::report() const noexcept {
  return impl_->report;
}

std::int64_t ConditionedEpisode::source_position(std::int64_t position) const noexcept {
  return impl_->map.to_input(position);
}

void ConditionedEpisode::read(std::int64_t begin, std::span<std::int16_t> out) const {
  impl_->spool.read_final(begin, out);
}

ConditionedEpisode Conditioner::run(const PcmSource& source, MediaInfo media,
                                    const std::function<DecodeStats()>& decode_stats, const ConditionOptions& options,
                                    core::ThreadPool& pool) {
  Mastered mastered = options.normalize ? condition_and_master(source, options, pool) : keep(source, options, pool);
  const ConditionedSound& sound = mastered.sound;
  const std::int64_t length = sound.length;
  if (length == 0)
    throw Failure(Errc::input_empty, fmt::format("{}: no sound in it; choose a file with sound", source.name));
  const std::int64_t denoised =
      std::accumulate(sound.denoised.begin(), sound.denoised.end(), std::int64_t{0},
                      [](std::int64_t sum, const ConditionedSound::Span& span) { return sum + span.end - span.begin; });
  media.chapters = sound.map.move(media.chapters, length);
  const ConditionReport report{.input_seconds = seconds(sound.input_samples),
                               .output_seconds = seconds(length),
                               .input_lufs = sound.input_lufs,
                               .output_lufs = mastered.output_lufs,
                               .output_dbtp = mastered.output_dbtp,
                               .gain_db = mastered.gain_db,
                               .noise_floor_dbfs = sound.noise_floor_dbfs,
                               .denoised_share = static_cast<double>(denoised) / static_cast<double>(length),
                               .trimmed_seconds = seconds(sound.map.removed()),
                               .decode = decode_stats()};
  return ConditionedEpisode(std::make_unique<ConditionedEpisode::Impl>(ConditionedEpisode::Impl{
      std::move(mastered.spool), std::move(mastered.segments), std::move(media), sound.map, report}));
}

}  // namespace chasqui::audio
