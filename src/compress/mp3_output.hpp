#pragma once

#include "audio/conditioner.hpp"
#include "core/atomic_file.hpp"

#include <chasqui/compress.hpp>

namespace chasqui::compress {

/// The whole episode as MP3 at options.bitrate_kbps; 16 kHz at 16 kb/s, else 24 kHz. `input` names it in errors. The
/// file still is to be committed.
void write_mp3(const std::filesystem::path& input, const audio::ConditionedEpisode& episode,
               const CompressOptions& options, core::AtomicFile& file);

}  // namespace chasqui::compress
