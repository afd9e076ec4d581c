#pragma once

#include "audio/decoder_child/av.hpp"
#include "audio/decoder_child/container.hpp"
#include "audio/decoder_child/converter.hpp"
#include "audio/decoder_child/frame_writer.hpp"
#include "audio/decoder_child/input.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace chasqui::audio::decoder_child {

/// One file from its first byte to its last sample: demux, decode, convert, write. The first frames are held back until
/// they can be trusted; then the header goes out, and with it the promise that this is sound.
class Session {
 public:
  Session(Input& input, const FrameWriter& writer, std::chrono::seconds longest);

  /// Writes `info`, `pcm` and `end`. Throws Failure for the caller to write as `error`, and std::bad_alloc.
  void run();

 private:
  void open_codec();
  void decode(const AVPacket* packet);
  bool take_frames();
  void accept();
  void hold();
  void release();
  void judge_whole();

  const FrameWriter& writer_;
  std::int64_t longest_;
  Container container_;
  CodecPtr codec_;
  PacketPtr packet_;
  FramePtr frame_;
  std::deque<FramePtr> held_;
  std::optional<Converter> converter_;  // once the first frames are trusted
  std::int64_t packets_ = 0;
  std::int64_t damaged_ = 0;
  bool last_damaged_ = false;
};

/// Runs a session and writes its failure, if any, as an error frame.
void serve(Input& input, const FrameWriter& writer, std::chrono::seconds longest);

}  // namespace chasqui::audio::decoder_child
