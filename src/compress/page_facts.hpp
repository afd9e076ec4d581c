#pragma once

#include "compress/report.hpp"
#include "core/pcm.hpp"

#include <cstdint>
#include <span>

namespace chasqui::compress {

inline double in_seconds(std::int64_t samples) {
  return static_cast<double>(samples) / core::sample_rate_hz;
}

/// What the page is made of, as report_json takes it; all of it must outlive the call.
struct PageFacts {
  const FileFacts& input;
  const FileFacts& output;
  const CompressOptions& options;
  const model::ModelFacts* model;
  const audio::ConditionedEpisode& episode;
  std::span<const SegmentOutcome> outcomes;
  std::span<const quality::WindowScore> windows;

  [[nodiscard]] double length_s() const { return in_seconds(episode.length()); }
  /// Judged through NoLACE, and so to be heard.
  [[nodiscard]] bool enhanced() const { return options.quality > 0 && options.enhanced_decoder; }
};

}  // namespace chasqui::compress
