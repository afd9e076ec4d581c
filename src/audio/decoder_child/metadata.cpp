#include "audio/decoder_child/metadata.hpp"

#include "audio/decoder_protocol.hpp"
#include "audio/decoder_text.hpp"
#include "core/pcm.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chasqui::audio::decoder_child {
namespace {

struct KeyName {
  std::string_view libav;   ///< as libav's demuxers name it, lower case
  std::string_view vorbis;  ///< https://xiph.org/vorbis/doc/v-comment.html and common use
};

constexpr std::array key_names{
    KeyName{"title", "TITLE"},
    KeyName{"artist", "ARTIST"},
    KeyName{"author", "ARTIST"},
    KeyName{"album", "ALBUM"},
    KeyName{"album_artist", "ALBUMARTIST"},
    KeyName{"albumartist", "ALBUMARTIST"},
    KeyName{"show", "ALBUM"},
    KeyName{"date", "DATE"},
    KeyName{"year", "DATE"},
    KeyName{"genre", "GENRE"},
    KeyName{"comment", "COMMENT"},
    KeyName{"description", "DESCRIPTION"},
    KeyName{"synopsis", "DESCRIPTION"},
    KeyName{"subtitle", "SUBTITLE"},
    KeyName{"language", "LANGUAGE"},
    KeyName{"track", "TRACKNUMBER"},
    KeyName{"tracknumber", "TRACKNUMBER"},
    KeyName{"tracktotal", "TRACKTOTAL"},
    KeyName{"disc", "DISCNUMBER"},
    KeyName{"discnumber", "DISCNUMBER"},
    KeyName{"copyright", "COPYRIGHT"},
    KeyName{"license", "LICENSE"},
    KeyName{"wcop", "LICENSE"},
    KeyName{"publisher", "ORGANIZATION"},
    KeyName{"organization", "ORGANIZATION"},
    KeyName{"composer", "COMPOSER"},
    KeyName{"performer", "PERFORMER"},
    KeyName{"contact", "CONTACT"},
    KeyName{"location", "LOCATION"},
    KeyName{"isrc", "ISRC"},
    KeyName{"episode_id", "EPISODE"},
    KeyName{"episode_sort", "EPISODE"},
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

std::optional<std::string_view> vorbis_key(std::string_view libav_key) {
  const std::string key = lower(libav_key);
  const auto* found = std::ranges::find(key_names, key, &KeyName::libav);
  if (found == key_names.end()) return std::nullopt;
  return found->vorbis;
}

/// The first of a name wins; the container is asked before the stream.
void add_tags(const AVDictionary* dictionary, std::vector<Tag>& tags) {
  const AVDictionaryEntry* entry = nullptr;
  while ((entry = av_dict_get(dictionary, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    const auto key = vorbis_key(entry->key);
    if (!key || tags.size() >= protocol::max_tags || std::ranges::find(tags, *key, &Tag::key) != tags.end()) continue;
    std::string value = clean_text(entry->value, protocol::max_value_bytes);
    if (value.empty() || (*key == "LANGUAGE" && value == "und")) continue;
    tags.push_back({std::string(*key), std::move(value)});
  }
}

std::vector<Chapter> read_chapters(const AVFormatContext& format) {
  constexpr AVRational output{1, core::sample_rate_hz};
  constexpr auto saturate = static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX);
  std::vector<Chapter> chapters;
  const std::size_t count = std::min<std::size_t>(format.nb_chapters, protocol::max_chapters);
  for (std::size_t i = 0; i < count; ++i) {
    const AVChapter& chapter = *format.chapters[i];
    if (chapter.start == AV_NOPTS_VALUE) continue;
    const AVDictionaryEntry* title = av_dict_get(chapter.metadata, "title", nullptr, 0);
    const std::int64_t end = chapter.end == AV_NOPTS_VALUE ? std::numeric_limits<std::int64_t>::max() : chapter.end;
    chapters.push_back({av_rescale_q_rnd(chapter.start, chapter.time_base, output, saturate),
                        av_rescale_q_rnd(end, chapter.time_base, output, saturate),
                        title == nullptr ? "" : clean_text(title->value, protocol::max_chapter_title_bytes)});
  }
  protocol::tidy(chapters, std::numeric_limits<std::int64_t>::max());
  return chapters;
}

/// By the file's own signature, not by what the container claims.
std::string_view image_mime(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return "image/png";
  if (bytes.starts_with("GIF8")) return "image/gif";
  if (bytes.starts_with("RIFF") && bytes.substr(0, 12).ends_with("WEBP")) return "image/webp";
  return "";
}

std::optional<CoverArt> find_cover(const AVFormatContext& format) {
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    const AVStream& stream = *format.streams[i];
    if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0 || stream.attached_pic.size <= 0) continue;
    const std::span bytes(stream.attached_pic.data, static_cast<std::size_t>(stream.attached_pic.size));
    const auto mime = image_mime({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (mime.empty() || bytes.size() > protocol::max_cover_bytes) continue;
    return CoverArt{std::string(mime), {bytes.begin(), bytes.end()}};
  }
  return std::nullopt;
}

double declared_seconds(const AVFormatContext& format, const AVStream& stream) {
  double seconds = 0;
  if (stream.duration != AV_NOPTS_VALUE) seconds = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
  if (!(seconds > 0) && format.duration != AV_NOPTS_VALUE)
    seconds = static_cast<double>(format.duration) / AV_TIME_BASE;
  return std::isfinite(seconds) && seconds > 0 ? seconds : 0;
}

}  // namespace

MediaInfo describe_media(const AVFormatContext& format, const AVStream& stream) {
  MediaInfo media;
  media.container = format.iformat->name;
  media.declared_seconds = declared_seconds(format, stream);
  add_tags(format.metadata, media.tags);
  add_tags(stream.metadata, media.tags);
  media.chapters = read_chapters(format);
  media.cover = find_cover(format);
  return media;
}

}  // namespace chasqui::audio::decoder_child
