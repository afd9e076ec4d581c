#pragma once

#include "audio/media.hpp"

#include <cstddef>
#include <span>

struct AVFormatContext;

namespace chasqui::audio {

/// ID3's table of contents counts its entries in one byte.
inline constexpr std::size_t most_mp3_chapters = 255;

/// Gives the first `most_mp3_chapters` to an MP3 whose header is not written yet; libavformat makes CHAP and CTOC
/// frames of them (https://id3.org/id3v2-chapters-1.0). Throws Failure(internal).
void add_mp3_chapters(AVFormatContext* format, std::span<const Chapter> chapters);

}  // namespace chasqui::audio
