#pragma once

#include "audio/conditioner.hpp"
#include "compress/segment_encoder.hpp"
#include "model/model_folder.hpp"
#include "quality/window_scores.hpp"

#include <chasqui/compress.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

/// The proof sheet of docs/report.md. Depends on input, options, model and versions alone: no time, no host, no folder.
/// `model`: the one that guessed, or null. `windows`: of the whole stream, where it was judged.
std::string report_json(const FileFacts& input, const FileFacts& output, const CompressOptions& options,
                        const model::ModelFacts* model, const audio::ConditionedEpisode& episode,
                        std::span<const SegmentOutcome> outcomes, std::span<const quality::WindowScore> windows);

}  // namespace chasqui::compress
