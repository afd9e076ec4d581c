#include "audio/decoder_child/announced.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>

namespace chasqui::audio::decoder_child {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::uint64_t big_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = (value << 8U) | byte;
  return value;
}

std::uint64_t little_endian(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8U) | bytes[i];
  return value;
}

/// Of a file's outermost parts, as many are looked at.
constexpr int max_parts = 4096;

std::uint64_t size_of(const Input& input) {
  return static_cast<std::uint64_t>(input.size());
}

/// http://gabriel.mp3-tech.org/mp3infotag.html: after the side information of the first frame come "Xing" or "Info",
/// flags, the number of frames (flag 1) and of bytes from the first frame to the last (flag 2).
bool mp3_lacks_bytes(Input& input) {
  const std::size_t begin = bytes_of_tags(input);
  const Bytes frame = input.peek(begin, 64);
  for (const std::size_t side_bytes : {32U, 17U, 9U}) {
    const std::size_t at = 4 + side_bytes;
    if (frame.size() < at + 16) continue;
    const std::string_view mark = text(frame.subspan(at, 4));
    if (mark != "Xing" && mark != "Info") continue;
    const auto flags = big_endian(frame.subspan(at + 4, 4));
    if ((flags & 2U) == 0) return false;
    return begin + big_endian(frame.subspan(at + ((flags & 1U) != 0 ? 12 : 8), 4)) > size_of(input);
  }
  return false;
}

struct Element {
  std::uint64_t id = 0;
  std::uint64_t size = 0;
  std::size_t head_bytes = 0;  // 0: none here
  bool unknown_size = false;
};

/// RFC 8794: identifier and size, each as long as the zero bits before its first one say.
Element ebml_element(Bytes bytes) {
  if (bytes.empty()) return {};
  const auto id_bytes = static_cast<std::size_t>(std::countl_zero(bytes[0])) + 1;
  if (id_bytes > 4 || bytes.size() <= id_bytes) return {};
  const auto size_bytes = static_cast<std::size_t>(std::countl_zero(bytes[id_bytes])) + 1;
  if (size_bytes > 8 || bytes.size() < id_bytes + size_bytes) return {};
  const std::uint64_t mask = (std::uint64_t{1} << (7 * size_bytes)) - 1;
  const std::uint64_t size = big_endian(bytes.subspan(id_bytes, size_bytes)) & mask;
  return {big_endian(bytes.first(id_bytes)), size, id_bytes + size_bytes, size == mask};
}

bool matroska_lacks_bytes(Input& input) {
  constexpr std::uint64_t segment_id = 0x18538067;
  const Element header = ebml_element(input.peek(0, 16));
  if (header.head_bytes == 0 || header.size > size_of(input)) return false;
  const std::uint64_t begin = header.head_bytes + header.size;
  const Element segment = ebml_element(input.peek(begin, 16));
  if (segment.id != segment_id || segment.unknown_size) return false;
  return segment.size > size_of(input) || begin + segment.head_bytes + segment.size > size_of(input);
}

/// Chunks of name and size, https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html; a video's sound lies
/// in several lists, of which the file's own size tells.
bool riff_lacks_bytes(Input& input) {
  Bytes head = input.peek(0, 8);
  if (head.size() < 8 || text(head.first(4)) != "RIFF") return false;
  const std::uint64_t whole = little_endian(head.subspan(4));
  const bool wave = text(input.peek(8, 4)) == "WAVE";
  if (!wave) return !is_unknown_size(static_cast<double>(whole)) && whole + 8 > size_of(input);
  std::uint64_t at = 12;
  for (int chunks = 0; chunks < max_parts; ++chunks) {
    head = input.peek(at, 8);
    if (head.size() < 8) return true;
    const std::uint64_t size = little_endian(head.subspan(4));
    if (text(head.first(4)) == "data")
      return !is_unknown_size(static_cast<double>(size)) && at + 8 + size > size_of(input);
    at += 8 + size + size % 2;
  }
  return false;
}

/// ISO 14496-12 section 4.2: boxes of size and name; size 1 means that eight bytes more hold it, 0 the rest of the
/// file.
bool boxes_lack_bytes(Input& input) {
  std::uint64_t at = 0;
  for (int boxes = 0; boxes < max_parts && at < size_of(input); ++boxes) {
    const Bytes head = input.peek(at, 16);
    if (head.size() < 8) return true;
    std::uint64_t size = big_endian(head.first(4));
    if (size == 1 && head.size() == 16) size = big_endian(head.subspan(8));
    if (size == 0) return false;
    if (size < 8 || size > size_of(input) - at) return true;
    at += size;
  }
  return false;
}

/// Advanced Systems Format section 2: a header object, then a data object, each of identifier and size; a size of 0 is
/// a broadcast's.
bool asf_lacks_bytes(Input& input) {
  constexpr std::size_t id_bytes = 16;
  const Bytes header = input.peek(id_bytes, 8);
  if (header.size() < 8) return true;
  const std::uint64_t at = little_endian(header);
  if (at > size_of(input)) return true;
  const Bytes data = input.peek(at + id_bytes, 8);
  if (data.size() < 8) return true;
  return little_endian(data) > size_of(input) - at;
}

/// RFC 3533: the last page of a stream carries flag 4.
bool ogg_lacks_end(Input& input) {
  constexpr std::uint64_t longest_page = 65'307;
  constexpr std::size_t head_bytes = 27;
  const Bytes tail = input.peek(size_of(input) - std::min(size_of(input), longest_page), longest_page);
  const std::size_t begin = text(tail).rfind("OggS");
  if (begin == std::string_view::npos || tail.size() - begin < head_bytes) return true;
  const Bytes page = tail.subspan(begin);
  const std::size_t segments = page[head_bytes - 1];
  if (page.size() < head_bytes + segments) return true;
  std::size_t length = head_bytes + segments;
  for (const std::uint8_t bytes : page.subspan(head_bytes, segments)) length += bytes;
  return (page[5] & 4U) == 0 || page.size() < length;
}

}  // namespace

bool lacks_bytes(Input& input, std::string_view format) {
  if (!input.seekable() || input.size() <= 0) return false;
  if (format == "mp3") return mp3_lacks_bytes(input);
  if (format.starts_with("matroska")) return matroska_lacks_bytes(input);
  if (format.starts_with("mov")) return boxes_lack_bytes(input);
  if (format == "asf") return asf_lacks_bytes(input);
  if (format == "avi" || format == "wav") return riff_lacks_bytes(input);
  if (format == "ogg") return ogg_lacks_end(input);
  return false;
}

bool is_unknown_size(double bytes) noexcept {
  constexpr double headers = 65'536;
  const auto near = [&](double mark) { return bytes > mark - headers && bytes <= mark; };
  return bytes <= 0 || near(0xFFFFFFFFU) || near(0x7FFFFFFFU);
}

std::size_t bytes_of_tags(Input& input) {
  std::size_t offset = 0;
  for (int tags = 0; tags < 4; ++tags) {
    const Bytes head = input.peek(offset, 10);
    if (head.size() < 10 || text(head.first(3)) != "ID3" || head[3] == 0xFF) break;
    std::size_t size = 0;
    for (const std::uint8_t byte : head.subspan(6, 4)) size = (size << 7U) | (byte & 0x7FU);
    offset += 10 + size + ((head[5] & 0x10U) != 0 ? 10 : 0);
  }
  return offset;
}

}  // namespace chasqui::audio::decoder_child
