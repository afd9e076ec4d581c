#pragma once

#include "audio/media.hpp"
#include "core/atomic_file.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace chasqui::audio {

struct Mp3Options {
  int sample_rate_hz = 24'000;      ///< 16'000 or 24'000
  int bitrate_kbps = 24;            ///< constant; 16, 24 or 32
  std::vector<Tag> tags{};          ///< TITLE, ARTIST, ALBUM, DATE, GENRE, ... become ID3v2.3
  std::vector<Chapter> chapters{};  ///< the first most_mp3_chapters become ID3's CHAP
};

struct Mp3Report {
  std::int64_t input_samples = 0;   ///< at core::sample_rate_hz
  std::int64_t output_samples = 0;  ///< at the file's rate: the input's duration, rounded up to a whole sample
};

/// Fills the span as far as there is sound; 0 only at the end.
using Int16Source = std::function<std::size_t(std::span<std::int16_t>)>;

/// Encodes mono 48 kHz PCM as constant-bitrate MP3 by libmp3lame, for players that know nothing else. The Xing/LAME
/// header states delay and padding: a player that heeds it gives exactly `output_samples`. Deterministic for given
/// libraries; memory does not grow with the length. The caller commits the file. Throws Failure: usage, input_empty,
/// unavailable (libavcodec without libmp3lame), internal, and what the source or the file throws.
Mp3Report encode_mp3(const Int16Source& source, const Mp3Options& options, core::AtomicFile& file);

}  // namespace chasqui::audio
