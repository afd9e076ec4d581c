#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chasqui::audio {

/// One line of metadata, named as in Vorbis comments: upper-case ASCII key (TITLE, ARTIST, ...), UTF-8 value.
struct Tag {
  std::string key;
  std::string value;
};

/// A span of the episode, in samples at core::sample_rate_hz.
struct Chapter {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::string title;
};

struct CoverArt {
  std::string mime;
  std::vector<std::uint8_t> bytes;
};

/// What the container says of itself. Nothing in here is trusted: lengths may lie, texts are hostile.
struct MediaInfo {
  std::string container;  ///< libavformat's short name, e.g. "mp3"
  std::string codec;      ///< libavcodec's name, e.g. "mp3float"
  int sample_rate_hz = 0;
  int channels = 0;
  double declared_seconds = 0;  ///< 0 when the container does not say
  std::vector<Tag> tags;
  std::vector<Chapter> chapters;  ///< ordered, not overlapping
  std::optional<CoverArt> cover;
};

/// What happened on the way.
struct DecodeStats {
  std::int64_t damaged_packets = 0;  ///< packets that could not be decoded and were skipped
  std::int64_t bad_samples = 0;      ///< NaN or infinite samples set to 0
  bool truncated = false;            ///< the container ended in the middle
  double inverted_seconds = 0;       ///< of stereo whose sum would have cancelled
};

}  // namespace chasqui::audio
