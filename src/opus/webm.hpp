#pragma once

#include "core/atomic_file.hpp"
#include "opus/comments.hpp"
#include "opus/packet.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace chasqui::opus {

struct WebmHeader {
  int pre_skip = 312;
  std::vector<CommentTag> tags{};
  std::vector<ChapterMark> chapters{};
};

/// Writes mono Opus packets into WebM by libavformat: CodecDelay, SeekPreRoll (80 ms) and DiscardPadding make the
/// length exact to the sample. Deterministic. The caller commits the file. Throws Failure, also what the file throws.
class WebmWriter {
 public:
  WebmWriter(const WebmHeader& header, core::AtomicFile& file);
  WebmWriter(WebmWriter&&) noexcept;
  ~WebmWriter();

  void write(const Packet& packet);
  /// `length`: samples of sound after pre-skip; must end within the last packet.
  void finish(std::int64_t length);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chasqui::opus
