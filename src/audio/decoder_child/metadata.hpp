#pragma once

#include "audio/decoder_child/av.hpp"
#include "audio/media.hpp"

namespace chasqui::audio::decoder_child {

/// What `format` and its `stream` of sound say of themselves, within the bounds of the protocol: tags under the names
/// of Vorbis comments, chapters, cover art. Not the codec, rate and channels, which the decoder knows better.
MediaInfo describe_media(const AVFormatContext& format, const AVStream& stream);

}  // namespace chasqui::audio::decoder_child
