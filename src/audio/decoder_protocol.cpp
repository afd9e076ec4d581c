#include "audio/decoder_protocol.hpp"

#include "audio/decoder_text.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace chasqui::audio::protocol {
namespace {

class Writer {
 public:
  template <typename T>
    requires std::is_arithmetic_v<T>
  void number(T value) {
    append(&value, sizeof value);
  }
  void blob(const void* data, std::size_t size) {
    number(static_cast<std::uint32_t>(size));
    append(data, size);
  }
  void text(std::string_view text) { blob(text.data(), text.size()); }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void append(const void* data, std::size_t size) {
    const auto* begin = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), begin, begin + size);
  }
  std::vector<std::byte> bytes_;
};

/// Reads past the end, or past a bound, give zeros and make `whole` false for good.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
    requires std::is_arithmetic_v<T>
  T number() {
    T value{};
    const auto piece = take(sizeof value);
    if (!piece.empty()) std::memcpy(&value, piece.data(), sizeof value);
    return value;
  }
  std::span<const std::byte> blob(std::size_t max) {
    const std::size_t size = number<std::uint32_t>();
    if (size > max) good_ = false;
    return take(size);
  }
  std::string text(std::size_t max) {
    const auto piece = blob(max);
    return clean_text({reinterpret_cast<const char*>(piece.data()), piece.size()}, max);
  }
  std::size_t count(std::size_t max) {
    const std::size_t count = number<std::uint32_t>();
    if (count > max) good_ = false;
    return good_ ? count : 0;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool whole() const { return good_ && bytes_.empty(); }

 private:
  std::span<const std::byte> take(std::size_t size) {
    if (!good_ || size > bytes_.size()) {
      good_ = false;
      return {};
    }
    const auto piece = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return piece;
  }
  std::span<const std::byte> bytes_;
  bool good_ = true;
};

/// Upper-case ASCII, as Vorbis comments allow: 0x20..0x7D without '='.
bool is_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) { return c >= ' ' && c <= '}' && c != '='; });
}

void read_tags(Reader& reader, MediaInfo& media) {
  const std::size_t tags = reader.count(max_tags);
  for (std::size_t i = 0; i < tags && reader.good(); ++i) {
    Tag tag{.key = reader.text(max_key_bytes), .value = reader.text(max_value_bytes)};
    if (is_key(tag.key) && !tag.value.empty()) media.tags.push_back(std::move(tag));
  }
}

void read_chapters(Reader& reader, MediaInfo& media) {
  const std::size_t chapters = reader.count(max_chapters);
  for (std::size_t i = 0; i < chapters && reader.good(); ++i) {
    Chapter chapter{.begin = reader.number<std::int64_t>(), .end = reader.number<std::int64_t>(), .title = {}};
    chapter.title = reader.text(max_chapter_title_bytes);
    media.chapters.push_back(std::move(chapter));
  }
  tidy(media.chapters, std::numeric_limits<std::int64_t>::max());
}

void read_cover(Reader& reader, MediaInfo& media) {
  CoverArt cover{.mime = reader.text(max_key_bytes), .bytes = {}};
  const auto bytes = reader.blob(max_cover_bytes);
  if (bytes.empty() || cover.mime.empty()) return;
  cover.bytes.resize(bytes.size());
  std::memcpy(cover.bytes.data(), bytes.data(), bytes.size());
  media.cover = std::move(cover);
}

Errc checked(std::uint8_t code) {
  switch (static_cast<Errc>(code)) {
    case Errc::input_unreadable:
    case Errc::input_empty:
    case Errc::input_unsupported:
    case Errc::input_no_audio:
    case Errc::input_corrupt:
    case Errc::input_too_long:
    case Errc::decoder_limit:
    case Errc::unavailable:
      return static_cast<Errc>(code);
    default:
      return Errc::internal;
  }
}

}  // namespace

std::optional<std::size_t> max_bytes(std::uint32_t type) noexcept {
  switch (static_cast<FrameType>(type)) {
    case FrameType::info:
      return max_info_bytes;
    case FrameType::pcm:
      return max_pcm_bytes;
    case FrameType::end:
      return max_end_bytes;
    case FrameType::error:
      return max_error_bytes;
  }
  return std::nullopt;
}

std::vector<std::byte> encode(const MediaInfo& media) {
  Writer writer;
  writer.number(version);
  writer.text(media.container);
  writer.text(media.codec);
  writer.number(static_cast<std::int32_t>(media.sample_rate_hz));
  writer.number(static_cast<std::int32_t>(media.channels));
  writer.number(media.declared_seconds);
  writer.number(static_cast<std::uint32_t>(media.tags.size()));
  for (const Tag& tag : media.tags) {
    writer.text(tag.key);
    writer.text(tag.value);
  }
  writer.number(static_cast<std::uint32_t>(media.chapters.size()));
  for (const Chapter& chapter : media.chapters) {
    writer.number(chapter.begin);
    writer.number(chapter.end);
    writer.text(chapter.title);
  }
  const CoverArt cover = media.cover.value_or(CoverArt{});
  writer.text(cover.mime);
  writer.blob(cover.bytes.data(), cover.bytes.size());
  return writer.take();
}

std::vector<std::byte> encode(const DecodeStats& stats) {
  Writer writer;
  writer.number(stats.damaged_packets);
  writer.number(stats.bad_samples);
  writer.number(static_cast<std::uint8_t>(stats.truncated));
  writer.number(stats.inverted_seconds);
  return writer.take();
}

std::vector<std::byte> encode(const Error& error) {
  Writer writer;
  writer.number(static_cast<std::uint8_t>(error.code));
  writer.text(std::string_view(error.message).substr(0, max_error_bytes - 8));
  return writer.take();
}

std::optional<MediaInfo> decode_info(std::span<const std::byte> payload) {
  Reader reader(payload);
  if (reader.number<std::uint32_t>() != version) return std::nullopt;
  MediaInfo media;
  media.container = reader.text(max_key_bytes);
  media.codec = reader.text(max_key_bytes);
  media.sample_rate_hz = reader.number<std::int32_t>();
  media.channels = reader.number<std::int32_t>();
  media.declared_seconds = reader.number<double>();
  read_tags(reader, media);
  read_chapters(reader, media);
  read_cover(reader, media);
  const bool sane = media.sample_rate_hz > 0 && media.channels > 0 && std::isfinite(media.declared_seconds) &&
                    media.declared_seconds >= 0;
  if (!reader.whole() || !sane) return std::nullopt;
  return media;
}

std::optional<DecodeStats> decode_end(std::span<const std::byte> payload) {
  Reader reader(payload);
  DecodeStats stats;
  stats.damaged_packets = reader.number<std::int64_t>();
  stats.bad_samples = reader.number<std::int64_t>();
  stats.truncated = reader.number<std::uint8_t>() != 0;
  stats.inverted_seconds = reader.number<double>();
  const bool sane = stats.damaged_packets >= 0 && stats.bad_samples >= 0 && std::isfinite(stats.inverted_seconds) &&
                    stats.inverted_seconds >= 0;
  if (!reader.whole() || !sane) return std::nullopt;
  return stats;
}

std::optional<Error> decode_error(std::span<const std::byte> payload) {
  Reader reader(payload);
  Error error{.code = checked(reader.number<std::uint8_t>()), .message = reader.text(max_error_bytes)};
  if (!reader.whole() || error.message.empty()) return std::nullopt;
  return error;
}

void tidy(std::vector<Chapter>& chapters, std::int64_t limit) {
  for (Chapter& chapter : chapters) {
    chapter.begin = std::clamp<std::int64_t>(chapter.begin, 0, limit);
    chapter.end = std::clamp<std::int64_t>(chapter.end, 0, limit);
  }
  std::ranges::sort(chapters, {}, [](const Chapter& chapter) { return std::pair(chapter.begin, chapter.end); });
  for (std::size_t i = 0; i + 1 < chapters.size(); ++i)
    chapters[i].end = std::min(chapters[i].end, chapters[i + 1].begin);
  std::erase_if(chapters, [](const Chapter& chapter) { return chapter.end <= chapter.begin; });
  if (chapters.size() > max_chapters) chapters.resize(max_chapters);
}

}  // namespace chasqui::audio::protocol
