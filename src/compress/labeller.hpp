#pragma once

#include "model/labels.hpp"

#include <chasqui/compress.hpp>
#include <filesystem>
#include <functional>
#include <set>
#include <vector>

namespace chasqui::compress {

/// How many settings are tried on a segment of this class.
std::size_t labels_per_segment(audio::SegmentClass kind) noexcept;

/// Tries settings from far too little to more than enough on every segment of a recording but those in `done`, and
/// gives the labels of each, in order; none for segments that hold too little speech to be scored. Conditioned, and
/// encoded in parallel, as compress_file would. Throws as that does.
void label_recording(const std::filesystem::path& input, const model::Origin& origin, const CompressOptions& options,
                     const std::set<std::size_t>& done,
                     const std::function<void(const std::vector<model::Label>&)>& take);

}  // namespace chasqui::compress
