#pragma once

#include "audio/decoder_child/input.hpp"

#include <string_view>

namespace chasqui::audio::decoder_child {

/// Whether a file of libav's format `format` lacks bytes that it announces, by marks that libav leaves aside or keeps
/// to itself: the byte count of an MP3's Xing header, the sizes of the outer parts of RIFF, MP4, ASF and Matroska,
/// the end mark of Ogg.
/// False where nothing can be told. Only for seekable inputs of known size.
bool lacks_bytes(Input& input, std::string_view format);

/// Whether `bytes` of sound is what writers to a pipe put in headers for «unknown».
bool is_unknown_size(double bytes) noexcept;

/// Bytes of the ID3v2 tags at the start.
std::size_t bytes_of_tags(Input& input);

}  // namespace chasqui::audio::decoder_child
