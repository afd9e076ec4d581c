#pragma once

#include "audio/decoder_child/av.hpp"
#include "audio/decoder_child/input.hpp"

#include <cstdint>

namespace chasqui::audio::decoder_child {

/// An opened file and its best stream of sound; everything else in it is discarded early.
class Container {
 public:
  /// Throws Failure: input_unreadable, input_empty, input_unsupported, input_corrupt, input_no_audio.
  explicit Container(Input& input);

  enum class Next : std::uint8_t { packet, end };
  /// The next packet of the sound. Places that cannot be read are passed over and counted. Throws
  /// Failure(input_unreadable) for a read error, std::bad_alloc.
  Next read(AVPacket& packet);

  [[nodiscard]] const AVFormatContext& format() const noexcept { return *format_; }
  [[nodiscard]] const AVStream& stream() const noexcept { return *stream_; }
  [[nodiscard]] int frames_to_trust() const noexcept;

  /// The end of a message about a file that could not be read as far as needed.
  [[nodiscard]] const char* way_out() const noexcept;
  [[nodiscard]] std::int64_t damaged_places(double decoded_seconds) const;
  /// Whether the file ended before what it announces; known once read gave `end`. As far as the format lets it be
  /// measured: a length in its header against the packets found, a packet cut short, an error at the very end, and
  /// what lacks_bytes finds.
  [[nodiscard]] bool truncated() const;

 private:
  void open();
  void choose_stream();
  void note_time(const AVPacket& packet);
  void throw_read_error() const;

  Input& input_;
  FormatPtr format_;
  AVStream* stream_ = nullptr;
  double header_seconds_ = 0;
  double packet_seconds_ = 0;  // sum over the packets
  std::int64_t damaged_places_ = 0;
  bool cut_ = false;
};

}  // namespace chasqui::audio::decoder_child
