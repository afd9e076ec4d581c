#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>

/// libav's handles, each in a class of its own.
namespace chasqui::audio::decoder_child {

struct AvDelete {
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
  void operator()(AVCodecContext* codec) const noexcept { avcodec_free_context(&codec); }
  void operator()(AVFormatContext* format) const noexcept { avformat_close_input(&format); }
  void operator()(SwrContext* resampler) const noexcept { swr_free(&resampler); }
};

using PacketPtr = std::unique_ptr<AVPacket, AvDelete>;
using FramePtr = std::unique_ptr<AVFrame, AvDelete>;
using CodecPtr = std::unique_ptr<AVCodecContext, AvDelete>;
using FormatPtr = std::unique_ptr<AVFormatContext, AvDelete>;
using ResamplerPtr = std::unique_ptr<SwrContext, AvDelete>;

/// libav's words for one of its error codes.
std::string describe(int error);

/// Throws std::bad_alloc, which the session reports as the memory limit, when libav ran out of memory.
void check_memory(int result);
template <typename T>
T* check_memory(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

/// A channel layout with its storage.
class ChannelLayout {
 public:
  ChannelLayout() noexcept = default;
  /// The default one of so many channels; of unspecified order where there is none.
  explicit ChannelLayout(int channels) noexcept { av_channel_layout_default(&layout_, channels); }
  ChannelLayout(const ChannelLayout&) = delete;
  ChannelLayout& operator=(const ChannelLayout&) = delete;
  ~ChannelLayout() { av_channel_layout_uninit(&layout_); }

  void assign(const AVChannelLayout& other) { check_memory(av_channel_layout_copy(&layout_, &other)); }
  [[nodiscard]] AVChannelLayout* get() noexcept { return &layout_; }
  [[nodiscard]] bool named() const noexcept { return layout_.order != AV_CHANNEL_ORDER_UNSPEC; }
  [[nodiscard]] bool equals(const AVChannelLayout& other) const noexcept {
    return av_channel_layout_compare(&layout_, &other) == 0;
  }

 private:
  AVChannelLayout layout_{};
};

}  // namespace chasqui::audio::decoder_child
