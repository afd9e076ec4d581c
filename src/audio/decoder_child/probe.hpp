#pragma once

#include "audio/decoder_child/input.hpp"

struct AVInputFormat;

namespace chasqui::audio::decoder_child {

/// Comma-separated, as libav's whitelist options take them: demuxers of single local files that carry sound, none that
/// opens other files or addresses, and decoders of sound, none of pictures.
extern const char* const allowed_formats;
extern const char* const allowed_codecs;

/// The allowed demuxer that claims the input, by content alone. Throws Failure: input_empty, input_unsupported.
const AVInputFormat* probe(Input& input);

/// Of formats without a container, whose headers chance can forge: so many good frames in a row must come first.
int frames_to_trust(const AVInputFormat& format);

}  // namespace chasqui::audio::decoder_child
