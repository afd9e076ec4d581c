#pragma once

#include "core/atomic_file.hpp"
#include "opus/comments.hpp"
#include "opus/packet.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace chasqui::opus {

/// Writes mono Opus packets into Apple's Core Audio Format, the one container in which iOS 11 to 17 plays Opus
/// (https://developer.apple.com/library/archive/documentation/MusicAudio/Reference/CAFSpec/). Its players refuse
/// packets of varying size (https://github.com/Fyrd/caniuse/pull/6806), so all packets must have the same size and
/// duration and one frame: what encode_segment gives with `constant_bitrate`, not joined, in SILK mode or with 20 ms
/// frames. The packet table (ahead of the data) states pre-skip as priming and the end trim as remainder, which makes
/// the length exact to the sample. Deterministic. The caller commits the file. Throws Failure(internal), also what the
/// file throws.
class CafWriter {
 public:
  CafWriter(int pre_skip, std::vector<CommentTag> tags, core::AtomicFile& file);

  void write(const Packet& packet);
  /// `length`: samples of sound after pre-skip; must end within the last packet.
  void finish(std::int64_t length);

 private:
  /// Gives what `first_` now holds.
  const Packet& begin(const Packet& first);

  core::AtomicFile& file_;
  std::vector<CommentTag> tags_;
  std::int64_t pre_skip_;
  std::int64_t packets_ = 0;
  std::optional<Packet> first_;
  std::size_t table_at_ = 0;
  std::size_t data_at_ = 0;
};

}  // namespace chasqui::opus
