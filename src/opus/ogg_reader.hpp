#pragma once

#include "opus/comments.hpp"
#include "opus/head.hpp"

#include <chasqui/error.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace chasqui::opus {

/// One audio packet on its way out of the container.
struct AudioPacket {
  std::vector<std::uint8_t> bytes;
  int samples = 0;        ///< by its header, at 48 kHz; 0 when the header makes no sense (an invalid packet)
  int keep = 0;           ///< samples left after end trimming; less than `samples` only at the end of the stream
  std::int64_t lost = 0;  ///< samples missing before it, as far as granules tell
};

struct ReadStats {
  std::int64_t bytes = 0;           ///< read from the source
  std::int64_t pages = 0;           ///< of this stream, header pages too
  std::int64_t header_bytes = 0;    ///< all of the pages up to the first audio page
  std::int64_t packets = 0;         ///< audio packets
  std::int64_t packet_bytes = 0;    ///< in audio packets
  std::int64_t skipped_bytes = 0;   ///< not part of any valid page: damage, or other data between pages
  std::int64_t foreign_pages = 0;   ///< of multiplexed streams, ignored
  std::int64_t holes = 0;           ///< places where pages are missing
  std::int64_t broken_packets = 0;  ///< dropped: unfinished or over the limit
  std::int64_t start_granule = 0;   ///< more than 0 for a stream cut out of a longer one
  std::int64_t end_trim = 0;        ///< samples cut off the last packets
  bool truncated = false;           ///< the file ends before the page that is marked as the last
  bool chained = false;             ///< another stream follows the first; it is not read
};

/// Reads the first Opus stream of an Ogg file, page by page (RFC 3533, RFC 7845), surviving damage: pages with a wrong
/// checksum are skipped, other streams ignored, losses counted. Memory stays bounded whatever the input: one page, one
/// audio packet of at most 64 KiB, or the comment header of at most 8 MiB.
class OggOpusReader {
 public:
  /// Fills the span as far as there are bytes; 0 only at the end.
  using Source = std::function<Result<std::size_t>(std::span<std::byte>)>;

  static constexpr std::size_t largest_packet = std::size_t{64} << 10U;
  static constexpr std::size_t largest_comments = std::size_t{8} << 20U;

  /// Reads both headers. `name` appears in errors. Errors: input_unsupported (not Ogg, no Opus stream in it,
  /// unsupported kind), input_corrupt, input_empty, and what the source gives.
  static Result<OggOpusReader> open(Source source, std::string name);
  /// Also input_missing, input_unreadable.
  static Result<OggOpusReader> open(const std::filesystem::path& path);

  OggOpusReader(OggOpusReader&&) noexcept;
  OggOpusReader& operator=(OggOpusReader&&) noexcept;
  ~OggOpusReader();

  [[nodiscard]] const OpusHead& head() const noexcept;
  [[nodiscard]] const Comments& comments() const noexcept;
  [[nodiscard]] std::uint32_t serial() const noexcept;

  /// The next audio packet; nothing at the end of the stream. Only the source makes errors here: damage is survived.
  Result<std::optional<AudioPacket>> next();

  /// Final once `next` has given nothing.
  [[nodiscard]] const ReadStats& stats() const noexcept;

 private:
  struct Impl;
  explicit OggOpusReader(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::opus
