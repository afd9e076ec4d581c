#pragma once

#include "audio/media.hpp"

#include <chasqui/error.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What `chasqui-decode` says to its parent through a pipe: frames of a header and a payload, in the machine's own byte
/// order, in the sequence
///
///     info  pcm*  (end | error)        or        error
///
/// The parent holds the child for hostile: it bounds every length before it reserves memory, checks every text and
/// number, and takes the end of the pipe without `end` or `error` for a crash. The child reads nothing but its input.
namespace chasqui::audio::protocol {

/// Raised with every change below; the child refuses a parent of another version, and the reverse.
inline constexpr std::uint32_t version = 2;

/// Of the child: `chasqui-decode VERSION PARENT_PID LONGEST_SECONDS MEMORY_BYTES`, input on fd 0, frames on fd 1.
inline constexpr int input_fd = 0;
inline constexpr int output_fd = 1;

enum class FrameType : std::uint32_t { info = 0x4F464E49, pcm = 0x204D4350, end = 0x20444E45, error = 0x20525245 };

struct FrameHeader {
  std::uint32_t type = 0;
  std::uint32_t bytes = 0;  ///< of the payload
};

/// Long frames, because waking the other side of a pipe is dear on virtual machines.
inline constexpr std::size_t max_pcm_bytes = std::size_t{256} << 10;
inline constexpr std::size_t max_tags = 64;
inline constexpr std::size_t max_key_bytes = 64;
inline constexpr std::size_t max_value_bytes = 4096;
inline constexpr std::size_t max_chapters = 1000;
inline constexpr std::size_t max_chapter_title_bytes = 512;
inline constexpr std::size_t max_cover_bytes = std::size_t{2} << 20;
inline constexpr std::size_t max_info_bytes = std::size_t{4} << 20;
inline constexpr std::size_t max_end_bytes = 32;
inline constexpr std::size_t max_error_bytes = 2048;

/// The longest payload that a frame of `type` may have; nothing for a type that does not exist.
std::optional<std::size_t> max_bytes(std::uint32_t type) noexcept;

std::vector<std::byte> encode(const MediaInfo& media);
std::vector<std::byte> encode(const DecodeStats& stats);
std::vector<std::byte> encode(const Error& error);

/// What a hostile child may have written: nothing when the payload is not well-formed and within the bounds above.
/// Texts come out clean (see clean_text), numbers finite and not negative, chapters ordered and not overlapping.
std::optional<MediaInfo> decode_info(std::span<const std::byte> payload);
std::optional<DecodeStats> decode_end(std::span<const std::byte> payload);
/// Errors that are not a decoder's to give become Errc::internal.
std::optional<Error> decode_error(std::span<const std::byte> payload);

/// Orders `chapters`, cuts what overlaps or lies outside [0, limit], drops what is empty then and what exceeds
/// max_chapters.
void tidy(std::vector<Chapter>& chapters, std::int64_t limit);

}  // namespace chasqui::audio::protocol
