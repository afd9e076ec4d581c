#include "audio/condition_source.hpp"
#include "audio/mastering_pass.hpp"

#include <numeric>
#include <utility>

namespace chasqui::audio {
namespace {

double seconds(std::int64_t samples) noexcept {
  return static_cast<double>(samples) / core::sample_rate_hz;
}

}  // namespace

struct ConditionedEpisode::Impl {
  Spool spool;
  std::vector<Segment> segments;
  MediaInfo media;
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

void ConditionedEpisode::read(std::int64_t begin, std::span<std::int16_t> out) const {
  impl_->spool.read_final(begin, out);
}

ConditionedEpisode Conditioner::run(const PcmSource& source, MediaInfo media,
                                    const std::function<DecodeStats()>& decode_stats, const ConditionOptions& options,
                                    core::ThreadPool& pool) {
  ConditionedSound sound = ConditioningPass(options, pool).run(source);
  MasteringPass mastering(sound, options, pool);
  std::vector<Segment> segments = mastering.run();

  const std::int64_t length = sound.spool.length();
  const std::int64_t denoised =
      std::accumulate(sound.denoised.begin(), sound.denoised.end(), std::int64_t{0},
                      [](std::int64_t sum, const ConditionedSound::Span& span) { return sum + span.end - span.begin; });
  media.chapters = sound.map.move(media.chapters, length);
  const ConditionReport report{.input_seconds = seconds(sound.input_samples),
                               .output_seconds = seconds(length),
                               .input_lufs = sound.input_lufs,
                               .output_lufs = mastering.output_lufs(),
                               .output_dbtp = mastering.output_dbtp(),
                               .gain_db = mastering.gain_db(),
                               .noise_floor_dbfs = sound.noise_floor_dbfs,
                               .denoised_share = static_cast<double>(denoised) / static_cast<double>(length),
                               .trimmed_seconds = seconds(sound.map.removed()),
                               .decode = decode_stats()};
  return ConditionedEpisode(std::make_unique<ConditionedEpisode::Impl>(
      ConditionedEpisode::Impl{std::move(sound.spool), std::move(segments), std::move(media), report}));
}

}  // namespace chasqui::audio
