#pragma once

#include <chasqui/error.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chasqui::opus {

/// An OpusTags packet (RFC 7845 section 5.2).
struct Comments {
  std::string vendor;
  std::vector<std::string> lines;  ///< "KEY=value", UTF-8

  friend bool operator==(const Comments&, const Comments&) = default;
};

struct CommentTag {
  std::string key;  ///< upper-case ASCII
  std::string value;
};

struct ChapterMark {
  std::int64_t begin = 0;  ///< in samples at 48 kHz
  std::int64_t end = 0;    ///< not written by formats that have no place for it
  std::string title;
};

struct Picture {
  std::string mime;
  std::vector<std::uint8_t> bytes;
};

/// Comment lines of tags and chapters: "KEY=value" with the key upper-cased and freed of what Vorbis comments do not
/// allow (a key with nothing left is dropped); chapters as "CHAPTER000=HH:MM:SS.mmm" and "CHAPTER000NAME=title"
/// (https://wiki.xiph.org/Chapter_Extension), at most 1000 of them. Values become valid UTF-8 without NUL.
std::vector<std::string> comment_lines(std::span<const CommentTag> tags, std::span<const ChapterMark> chapters);

/// "METADATA_BLOCK_PICTURE=" and the base64 of a FLAC picture block (RFC 9639 section 8.8), as front cover. Dimensions
/// are given as 0, unknown.
std::string picture_line(const Picture& picture);

/// The value of the first line with this key, compared without case as Vorbis comments are; empty when there is none.
std::string_view find(const Comments& comments, std::string_view key);

/// The chapters that the lines of comment_lines tell of, in order of their begin; each ends where the next begins, the
/// last at the greatest number there is. Lines that make no sense are passed over.
std::vector<ChapterMark> chapters(const Comments& comments);

std::vector<std::uint8_t> serialize(const Comments& comments);

/// At most this many lines are taken; a packet that claims more is corrupt.
inline constexpr std::size_t most_comment_lines = 16'384;

/// Reads an OpusTags packet. Bytes that are not UTF-8 are replaced by U+FFFD. What follows the lines (padding) is
/// ignored, as RFC 7845 wants it. Errors: input_corrupt.
Result<Comments> parse_comments(std::span<const std::uint8_t> packet);

/// `text` with every malformed byte replaced by U+FFFD and every NUL dropped.
std::string to_utf8(std::string_view text);

}  // namespace chasqui::opus
