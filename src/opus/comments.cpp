#include "opus/comments.hpp"

#include "core/base64.hpp"
#include "core/pcm.hpp"
#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace chasqui::opus {
namespace {

constexpr std::string_view magic = "OpusTags";
constexpr std::size_t most_chapters = 1'000;

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string clean_key(std::string_view key) {
  std::string cleaned;
  for (const char c : key)
    if (c >= 0x20 && c <= 0x7d && c != '=') cleaned += upper(c);
  return cleaned;
}

std::string chapter_time(std::int64_t samples) {
  const std::int64_t ms = std::max<std::int64_t>(samples, 0) * 1000 / core::sample_rate_hz;
  return fmt::format("{:02}:{:02}:{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

/// Of HH:MM:SS.mmm.
std::optional<std::int64_t> samples_of(std::string_view time) {
  constexpr std::string_view form = "00:00:00.000";
  if (time.size() != form.size()) return std::nullopt;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = time[i] >= '0' && time[i] <= '9';
    if (form[i] == '0' ? !digit : time[i] != form[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    std::int64_t value = 0;
    for (const char c : time.substr(at, digits)) value = value * 10 + (c - '0');
    return value;
  };
  const auto ms = ((number(0, 2) * 60 + number(3, 2)) * 60 + number(6, 2)) * 1000 + number(9, 3);
  return ms * core::sample_rate_hz / 1000;
}

void put_le32(std::vector<std::uint8_t>& out, std::size_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put_be32(std::string& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(static_cast<std::uint8_t>(value >> shift));
}

void put_text(std::vector<std::uint8_t>& out, std::string_view text) {
  put_le32(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

/// Takes little-endian numbers and texts off the front of a packet.
class Cursor {
 public:
  explicit Cursor(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

  bool number(std::size_t& value) {
    if (rest_.size() < 4) return false;
    value = rest_[0] | std::size_t{rest_[1]} << 8U | std::size_t{rest_[2]} << 16U | std::size_t{rest_[3]} << 24U;
    rest_ = rest_.subspan(4);
    return true;
  }
  bool text(std::string& value) {
    std::size_t size = 0;
    if (!number(size) || size > rest_.size()) return false;
    value = to_utf8({reinterpret_cast<const char*>(rest_.data()), size});
    rest_ = rest_.subspan(size);
    return true;
  }
  [[nodiscard]] std::size_t left() const { return rest_.size(); }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace

std::string to_utf8(std::string_view text) {
  auto valid = core::as_utf8(text);
  std::erase(valid, '\0');
  return valid;
}

std::vector<std::string> comment_lines(std::span<const CommentTag> tags, std::span<const ChapterMark> chapters) {
  std::vector<std::string> lines;
  for (const auto& tag : tags) {
    const std::string key = clean_key(tag.key);
    if (!key.empty()) lines.push_back(key + "=" + to_utf8(tag.value));
  }
  for (std::size_t i = 0; i < std::min(chapters.size(), most_chapters); ++i) {
    lines.push_back(fmt::format("CHAPTER{:03}={}", i, chapter_time(chapters[i].begin)));
    lines.push_back(fmt::format("CHAPTER{:03}NAME={}", i, to_utf8(chapters[i].title)));
  }
  return lines;
}

std::string picture_line(const Picture& picture) {
  constexpr std::size_t front_cover = 3;
  std::string block;
  put_be32(block, front_cover);
  put_be32(block, picture.mime.size());
  block += picture.mime;
  put_be32(block, 0);                              // no description
  for (int i = 0; i < 4; ++i) put_be32(block, 0);  // width, height, depth, colours: unknown
  put_be32(block, picture.bytes.size());
  block.append(picture.bytes.begin(), picture.bytes.end());
  return "METADATA_BLOCK_PICTURE=" + core::base64(std::as_bytes(std::span(block)));
}

std::string_view find(const Comments& comments, std::string_view key) {
  for (const std::string_view line : comments.lines) {
    if (line.size() <= key.size() || line[key.size()] != '=') continue;
    if (std::ranges::equal(line.substr(0, key.size()), key, {}, upper, upper)) return line.substr(key.size() + 1);
  }
  return {};
}

std::vector<ChapterMark> chapters(const Comments& comments) {
  std::vector<ChapterMark> marks;
  for (std::size_t i = 0; i < most_chapters; ++i) {
    const auto key = fmt::format("CHAPTER{:03}", i);
    const auto begin = samples_of(find(comments, key));
    if (begin) marks.push_back({*begin, 0, std::string(find(comments, key + "NAME"))});
  }
  std::ranges::stable_sort(marks, {}, &ChapterMark::begin);
  for (std::size_t i = 0; i < marks.size(); ++i)
    marks[i].end = i + 1 < marks.size() ? marks[i + 1].begin : std::numeric_limits<std::int64_t>::max();
  return marks;
}

std::vector<std::uint8_t> serialize(const Comments& comments) {
  std::vector<std::uint8_t> packet(magic.begin(), magic.end());
  put_text(packet, comments.vendor);
  put_le32(packet, comments.lines.size());
  for (const auto& line : comments.lines) put_text(packet, line);
  return packet;
}

Result<Comments> parse_comments(std::span<const std::uint8_t> packet) {
  const auto corrupt = [](std::string_view what) {
    return std::unexpected(Error{Errc::input_corrupt, fmt::format("the Opus comment header {}", what)});
  };
  if (packet.size() < magic.size() || !std::ranges::equal(packet.first(magic.size()), magic))
    return corrupt("does not begin with OpusTags");
  Cursor cursor(packet.subspan(magic.size()));
  Comments comments;
  std::size_t count = 0;
  if (!cursor.text(comments.vendor)) return corrupt("ends within the vendor string");
  if (!cursor.number(count)) return corrupt("ends before the number of comments");
  if (count > cursor.left() / 4) return corrupt("claims more comments than it has room for");
  if (count > most_comment_lines) return corrupt(fmt::format("has more than {} comments", most_comment_lines));
  comments.lines.resize(count);
  for (auto& line : comments.lines)
    if (!cursor.text(line)) return corrupt("ends within a comment");
  return comments;
}

}  // namespace chasqui::opus
