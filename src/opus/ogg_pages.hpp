#pragma once

#include <chasqui/error.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace chasqui::opus {

/// One valid page (RFC 3533 section 6). The spans live until the next page is read.
struct OggPage {
  std::uint32_t serial = 0;
  std::uint32_t number = 0;
  std::int64_t granule = -1;
  bool begins_stream = false;
  bool ends_stream = false;
  bool continues_packet = false;
  std::size_t bytes = 0;  ///< of the whole page
  std::span<const std::uint8_t> lacing;
  std::span<const std::uint8_t> body;
};

/// Cuts bytes into pages by libogg: finds page boundaries, checks checksums, skips what is damaged.
class OggPages {
 public:
  using Source = std::function<Result<std::size_t>(std::span<std::byte>)>;
  explicit OggPages(Source source);
  OggPages(OggPages&&) noexcept;
  ~OggPages();

  /// Nothing at the end of the source.
  Result<std::optional<OggPage>> next();
  [[nodiscard]] std::int64_t bytes_read() const noexcept;
  [[nodiscard]] std::int64_t bytes_skipped() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Puts the packets of one stream together from its pages.
class PacketAssembler {
 public:
  /// A packet that grows over `limit` bytes is dropped and counted.
  void set_limit(std::size_t limit) noexcept { limit_ = limit; }

  struct Outcome {
    std::vector<std::vector<std::uint8_t>> packets;  ///< finished on this page, in order
    bool hole = false;                               ///< pages are missing before this one
  };
  Outcome add(const OggPage& page);

  [[nodiscard]] std::int64_t broken_packets() const noexcept { return broken_; }
  [[nodiscard]] bool within_packet() const noexcept { return open_; }

 private:
  void drop() noexcept;

  std::vector<std::uint8_t> partial_;
  std::size_t limit_ = 0;
  std::int64_t broken_ = 0;
  std::optional<std::uint32_t> expected_number_;
  bool open_ = false;      // a packet has begun and not ended
  bool skipping_ = false;  // until the end of the present packet
};

}  // namespace chasqui::opus
