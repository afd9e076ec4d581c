#pragma once

#include "audio/decoder.hpp"
#include "audio/media.hpp"
#include "audio/segment.hpp"
#include "audio/segmenter.hpp"
#include "core/thread_pool.hpp"

#include <chasqui/denoise.hpp>
#include <chasqui/error.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::audio {

/// Fills `out` with final samples from `begin` on.
using ReadSound = std::function<void(std::int64_t begin, std::span<std::int16_t> out)>;
/// Hears of a segment, whose sound up to its end can be read during the call.
using SegmentListener = std::function<void(const Segment&, const ReadSound&)>;
/// Hears sound as it comes in, mixed down.
using SourceListener = std::function<void(std::span<const float>)>;

struct ConditionOptions {
  DecoderOptions decoder;
  Denoise denoise = Denoise::automatic;
  bool trim_pauses = false;
  /// High-pass, denoise, pauses and loudness; off: only downmix and resampling, for measuring. Then the report's
  /// loudnesses, peak and noise floor are NaN.
  bool normalize = true;
  double target_lufs = -16.0;
  double ceiling_dbtp = -1.0;
  PieceLength segment_length;
  std::filesystem::path spool_folder;  ///< for the temporary PCM (96 kB per second of sound); empty: TMPDIR or /var/tmp
  std::stop_token stop;
  /// Called once from the calling thread when the container's header is known.
  std::function<void(const MediaInfo&)> on_open;
  /// Seconds of sound decoded so far; called from the calling thread.
  std::function<void(double)> on_progress;
  /// Called from the calling thread for each segment in order, once its sound is final. Not known yet: whether it is
  /// denoised, and whether it is the last.
  SegmentListener on_segment;
  /// Called from the calling thread with all that the decoder gives, in order.
  SourceListener on_source;
};

struct ConditionReport {
  double input_seconds = 0;
  double output_seconds = 0;
  double input_lufs = 0;   ///< integrated, after high-pass and denoising, before gain; -inf for silence
  double output_lufs = 0;  ///< integrated, of what the encoder gets
  double output_dbtp = 0;  ///< true peak of what the encoder gets
  double gain_db = 0;
  double noise_floor_dbfs = 0;  ///< median over the episode
  double denoised_share = 0;    ///< of the duration, 0..1
  double trimmed_seconds = 0;
  DecodeStats decode;
};

/// A conditioned episode: mono 16-bit PCM at core::sample_rate_hz in an unlinked temporary file, cut into segments.
/// `read` may be called from several threads at once.
class ConditionedEpisode {
 public:
  ConditionedEpisode(ConditionedEpisode&&) noexcept;
  ConditionedEpisode& operator=(ConditionedEpisode&&) noexcept;
  ~ConditionedEpisode();

  [[nodiscard]] std::int64_t length() const noexcept;  ///< in samples
  [[nodiscard]] const std::vector<Segment>& segments() const noexcept;
  [[nodiscard]] const MediaInfo& media() const noexcept;  ///< chapters moved along with trimmed pauses
  [[nodiscard]] const ConditionReport& report() const noexcept;
  /// Where sample `position` was in what the decoder gave, from which trimmed pauses are missing here.
  [[nodiscard]] std::int64_t source_position(std::int64_t position) const noexcept;
  /// Samples [begin, begin + out.size()); what lies outside [0, length()) reads as zeros.
  void read(std::int64_t begin, std::span<std::int16_t> out) const;

 private:
  friend class Conditioner;
  struct Impl;
  explicit ConditionedEpisode(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// Decodes, conditions and segments one file. Pass 1 decodes, filters, denoises and measures; pass 2
/// applies gain and limiter. Memory is bounded at any length. Throws Failure; a stop throws Failure(Errc::cancelled).
/// The outcome does not depend on the size of the pool.
ConditionedEpisode condition(const std::filesystem::path& input, const ConditionOptions& options,
                             core::ThreadPool& pool);

}  // namespace chasqui::audio
