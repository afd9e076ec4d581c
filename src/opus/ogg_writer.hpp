#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "opus/encoder.hpp"

namespace chasqui::opus {

/// An OpusTags packet (RFC 7845 section 5.2).
struct Comments {
  std::string vendor;
  std::vector<std::string> lines;  ///< "KEY=value", UTF-8
};

struct StreamHeader {
  int pre_skip = 312;
  std::uint32_t input_sample_rate_hz = 48'000;  ///< informative
  std::uint32_t serial = 0;
  Comments comments;
};

/// Writes an Ogg Opus stream (RFC 7845, mono, mapping family 0) with as few pages as the format allows; end trimmed to
/// the sample by the last granule. Deterministic. Feeds bytes to the sink as pages fill.
class OggOpusWriter {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;
  OggOpusWriter(const StreamHeader& header, Sink sink);
  ~OggOpusWriter();

  void write(const Packet& packet);
  /// `length`: samples of sound after pre-skip; must lie within what was written.
  void finish(std::int64_t length);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::opus
