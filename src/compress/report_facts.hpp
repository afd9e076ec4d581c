#pragma once

#include "audio/conditioner.hpp"
#include "compress/input_check.hpp"
#include "compress/segment_encoder.hpp"
#include "core/pcm.hpp"
#include "model/model_folder.hpp"
#include "quality/window_scores.hpp"

#include <chasqui/compress.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace chasqui::compress {

/// What one segment became.
struct SegmentOutcome {
  opus::EncoderSettings settings;
  std::int64_t bytes = 0;  ///< of packets, container not counted; 0 where the format has no packets (mp3)
  std::optional<Judged> judged;
};

struct FileFacts {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;
};

inline double in_seconds(std::int64_t samples) {
  return static_cast<double>(samples) / core::sample_rate_hz;
}

/// What a report is made of, as a sheet or as a page; all of it must outlive the call.
struct ReportFacts {
  const FileFacts& input;
  const FileFacts& output;
  const CompressOptions& options;
  const model::ModelFacts* model;  ///< the one that guessed, or null
  const audio::ConditionedEpisode& episode;
  std::span<const SegmentOutcome> outcomes;
  std::span<const quality::WindowScore> windows;  ///< of the whole stream, where it was judged
  const InputScores* against_input;               ///< where there was a quality to judge and conditioning; or null

  [[nodiscard]] double length_s() const { return in_seconds(episode.length()); }
  /// Judged through NoLACE, and so to be heard.
  [[nodiscard]] bool enhanced() const { return options.quality > 0 && options.enhanced_decoder; }
};

}  // namespace chasqui::compress
