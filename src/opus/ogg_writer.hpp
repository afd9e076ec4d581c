#pragma once

#include "opus/comments.hpp"
#include "opus/packet.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace chasqui::opus {

struct StreamHeader {
  int pre_skip = 312;
  std::uint32_t input_sample_rate_hz = 48'000;  ///< informative
  std::uint32_t serial = 0;
  Comments comments{};
};

/// Writes an Ogg Opus stream (RFC 7845, mono, mapping family 0) with as few pages as the format allows: a page ends
/// only when its 255 lacing values are used up, so a page may hold over 30 s and a packet may span two. End trimmed to
/// the sample by the last granule. Deterministic. Feeds bytes to the sink as pages fill; what the sink throws passes
/// through.
class OggOpusWriter {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;
  OggOpusWriter(const StreamHeader& header, Sink sink);
  OggOpusWriter(OggOpusWriter&&) noexcept;
  OggOpusWriter& operator=(OggOpusWriter&&) noexcept;
  ~OggOpusWriter();

  /// Throws Failure(internal) on a packet whose bytes do not last `packet.samples`.
  void write(const Packet& packet);
  /// `length`: samples of sound after pre-skip. It must end within the last packet (at its end at the latest): players
  /// need not trim more than the last page, and nothing that is not heard should be sent. Throws Failure(internal)
  /// otherwise.
  void finish(std::int64_t length);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::opus
