#include "audio/mp3_encoder.hpp"

#include "audio/mp3_chapters.hpp"
#include "core/pcm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <deque>
#include <exception>
#include <memory>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
#include <libswresample/swresample.h>
}

namespace chasqui::audio {
namespace {

int check(int status, const char* doing) {
  if (status >= 0) return status;
  std::array<char, AV_ERROR_MAX_STRING_SIZE> words{};
  av_strerror(status, words.data(), words.size());
  throw Failure(Errc::internal, fmt::format("cannot {}: {}", doing, words.data()));
}

template <typename T>
T* allocated(T* pointer) {
  if (pointer == nullptr) throw Failure(Errc::internal, "libav is out of memory");
  return pointer;
}

struct Deleter {
  void operator()(AVFormatContext* format) const noexcept { avformat_free_context(format); }
  void operator()(AVCodecContext* codec) const noexcept { avcodec_free_context(&codec); }
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
  void operator()(SwrContext* resampler) const noexcept { swr_free(&resampler); }
};
template <typename T>
using Handle = std::unique_ptr<T, Deleter>;

constexpr std::size_t most_late = 4;

/// libavformat's output into an AtomicFile; keeps what the file throws, which may not pass through C.
class Output {
 public:
  explicit Output(core::AtomicFile& file) : file_(file) {
    constexpr int block = 16'384;
    auto* buffer = static_cast<unsigned char*>(allocated(av_malloc(block)));
    io_ = avio_alloc_context(buffer, block, 1, this, nullptr, &Output::write, &Output::seek);
    if (io_ == nullptr) av_free(buffer);
    allocated(io_);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() {
    av_freep(static_cast<void*>(&io_->buffer));
    avio_context_free(&io_);
  }

  [[nodiscard]] AVIOContext* get() const noexcept { return io_; }
  void done(int status, const char* doing) {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    check(status, doing);
    check(io_->error, doing);
  }

 private:
  static int write(void* self, std::uint8_t* data, int size) noexcept {
    auto& output = *static_cast<Output*>(self);
    const auto bytes = std::as_bytes(std::span(data, static_cast<std::size_t>(size)));
    try {
      output.file_.write_at(bytes, output.at_);
    } catch (...) {
      if (!output.failure_) output.failure_ = std::current_exception();
      return AVERROR(EIO);
    }
    output.at_ += bytes.size();
    return size;
  }

  static std::int64_t seek(void* self, std::int64_t offset, int whence) noexcept {
    auto& output = *static_cast<Output*>(self);
    const auto end = static_cast<std::int64_t>(output.file_.size());
    switch (whence) {
      case AVSEEK_SIZE:
        return end;
      case SEEK_CUR:
        offset += static_cast<std::int64_t>(output.at_);
        break;
      case SEEK_END:
        offset += end;
        break;
      default:
        break;
    }
    if (offset < 0) return AVERROR(EINVAL);
    output.at_ = static_cast<std::size_t>(offset);
    return offset;
  }

  core::AtomicFile& file_;
  std::size_t at_ = 0;
  AVIOContext* io_ = nullptr;
  std::exception_ptr failure_;
};

Handle<AVCodecContext> open_codec(const Mp3Options& options) {
  const AVCodec* lame = avcodec_find_encoder_by_name("libmp3lame");
  if (lame == nullptr)
    throw Failure(Errc::unavailable,
                  "this libavcodec has no libmp3lame; install a libavcodec built with it or choose --format opus");
  Handle<AVCodecContext> codec(allocated(avcodec_alloc_context3(lame)));
  codec->sample_rate = options.sample_rate_hz;
  codec->bit_rate = std::int64_t{options.bitrate_kbps} * 1000;
  codec->sample_fmt = AV_SAMPLE_FMT_S16P;
  codec->time_base = {1, options.sample_rate_hz};
  codec->compression_level = 2;  // LAME's own "high quality"; 0 and 1 are several times slower
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  codec->log_level_offset = 2 * AV_LOG_DEBUG;  // what it says of very short sounds is no news to the user
  av_channel_layout_default(&codec->ch_layout, 1);
  check(avcodec_open2(codec.get(), lame, nullptr), "open libmp3lame");
  return codec;
}

Handle<SwrContext> open_resampler(int rate_hz) {
  AVChannelLayout mono{};
  av_channel_layout_default(&mono, 1);
  SwrContext* raw = nullptr;
  check(swr_alloc_set_opts2(&raw, &mono, AV_SAMPLE_FMT_S16P, rate_hz, &mono, AV_SAMPLE_FMT_S16, core::sample_rate_hz, 0,
                            nullptr),
        "set up the resampler");
  Handle<SwrContext> resampler(raw);
  check(swr_init(raw), "set up the resampler");
  return resampler;
}

class Mp3File {
 public:
  Mp3File(const Mp3Options& options, core::AtomicFile& file) : output_(file), codec_(open_codec(options)) {
    AVFormatContext* raw = nullptr;
    check(avformat_alloc_output_context2(&raw, nullptr, "mp3", nullptr), "write MP3");
    format_.reset(raw);
    format_->pb = output_.get();
    format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    AVStream* stream = allocated(avformat_new_stream(raw, nullptr));
    stream->time_base = codec_->time_base;
    check(avcodec_parameters_from_context(stream->codecpar, codec_.get()), "describe the MP3 stream");
    for (const auto& tag : options.tags)
      check(av_dict_set(&raw->metadata, tag.key.c_str(), tag.value.c_str(), 0), "add a tag");
    add_mp3_chapters(raw, options.chapters);
    AVDictionary* settings = nullptr;
    check(av_dict_set(&settings, "id3v2_version", "3", 0), "set an option");  // what cheap players know
    const int status = avformat_write_header(raw, &settings);
    av_dict_free(&settings);
    output_.done(status, "write the MP3 header");
  }

  [[nodiscard]] std::size_t frame_size() const noexcept { return static_cast<std::size_t>(codec_->frame_size); }

  /// At most one frame; less only at the end.
  void encode(std::span<const std::int16_t> pcm) {
    Handle<AVFrame> frame(allocated(av_frame_alloc()));
    frame->nb_samples = static_cast<int>(pcm.size());
    frame->format = codec_->sample_fmt;
    frame->sample_rate = codec_->sample_rate;
    frame->pts = encoded_;
    check(av_channel_layout_copy(&frame->ch_layout, &codec_->ch_layout), "prepare a frame");
    check(av_frame_get_buffer(frame.get(), 0), "prepare a frame");
    std::ranges::copy(pcm, reinterpret_cast<std::int16_t*>(frame->data[0]));
    encoded_ += std::ssize(pcm);
    check(avcodec_send_frame(codec_.get(), frame.get()), "encode MP3");
    take_packets();
    write_packets(most_late);
  }

  /// LAME may flush one frame more than the sound needs; then the padding would not fit what libavcodec says of the
  /// last frame. So the surplus is dropped, and the padding stated here.
  void finish() {
    check(avcodec_send_frame(codec_.get(), nullptr), "encode MP3");
    take_packets();
    const std::int64_t frame = codec_->frame_size;
    const std::int64_t end = codec_->initial_padding + encoded_;
    while (!late_.empty() && (packets_ - 1) * frame >= end) {
      late_.pop_back();
      --packets_;
    }
    if (!late_.empty()) set_padding(*late_.back(), packets_ * frame - end);
    write_packets(0);
    output_.done(av_write_trailer(format_.get()), "finish the MP3 file");
  }

  [[nodiscard]] std::int64_t encoded() const noexcept { return encoded_; }

 private:
  void take_packets() {
    for (;;) {
      Handle<AVPacket> packet(allocated(av_packet_alloc()));
      const int status = avcodec_receive_packet(codec_.get(), packet.get());
      if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
      check(status, "encode MP3");
      late_.push_back(std::move(packet));
      ++packets_;
    }
  }

  static void set_padding(AVPacket& packet, std::int64_t samples) {
    constexpr std::size_t size = 10;  // of AV_PKT_DATA_SKIP_SAMPLES; the end's part is at byte 4
    av_packet_free_side_data(&packet);
    std::uint8_t* side = allocated(av_packet_new_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, size));
    std::fill_n(side, size, std::uint8_t{0});
    for (int i = 0; i < 4; ++i) side[4 + i] = static_cast<std::uint8_t>(samples >> (8 * i));
  }

  void write_packets(std::size_t keep) {
    for (; late_.size() > keep; late_.pop_front()) {
      AVPacket* packet = late_.front().get();
      av_packet_rescale_ts(packet, codec_->time_base, format_->streams[0]->time_base);
      output_.done(av_write_frame(format_.get(), packet), "write an MP3 packet");
    }
  }

  Output output_;
  Handle<AVCodecContext> codec_;
  Handle<AVFormatContext> format_;
  std::deque<Handle<AVPacket>> late_;  // not written yet, in order
  std::int64_t packets_ = 0;           // written and late
  std::int64_t encoded_ = 0;           // samples
};

/// Appends what the resampler makes of `pcm`; of nothing: what it still holds.
void resample(SwrContext* resampler, std::span<const std::int16_t> pcm, std::vector<std::int16_t>& out) {
  const auto* in = reinterpret_cast<const std::uint8_t*>(pcm.data());
  const std::size_t before = out.size();
  const int room = check(swr_get_out_samples(resampler, static_cast<int>(pcm.size())), "resample");
  out.resize(before + static_cast<std::size_t>(room));
  auto* to = reinterpret_cast<std::uint8_t*>(out.data() + before);
  const int got =
      check(swr_convert(resampler, &to, room, pcm.empty() ? nullptr : &in, static_cast<int>(pcm.size())), "resample");
  out.resize(before + static_cast<std::size_t>(got));
}

void encode_whole_frames(Mp3File& mp3, std::vector<std::int16_t>& pending) {
  const std::size_t whole = pending.size() / mp3.frame_size() * mp3.frame_size();
  for (std::size_t at = 0; at < whole; at += mp3.frame_size())
    mp3.encode(std::span(pending).subspan(at, mp3.frame_size()));
  pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(whole));
}

}  // namespace

Mp3Report encode_mp3(const Int16Source& source, const Mp3Options& options, core::AtomicFile& file) {
  if ((options.sample_rate_hz != 16'000 && options.sample_rate_hz != 24'000) || options.bitrate_kbps < 16 ||
      options.bitrate_kbps > 32 || options.bitrate_kbps % 8 != 0)
    throw Failure(Errc::usage,
                  fmt::format("no MP3 of {} Hz and {} kb/s here; take 16000 or 24000 Hz and 16, 24 or 32 kb/s",
                              options.sample_rate_hz, options.bitrate_kbps));
  Mp3File mp3(options, file);
  const auto resampler = open_resampler(options.sample_rate_hz);
  std::vector<std::int16_t> block(core::packet_grid);
  std::vector<std::int16_t> pending;
  Mp3Report report;
  while (const std::size_t got = source(block)) {
    report.input_samples += static_cast<std::int64_t>(got);
    resample(resampler.get(), std::span(block).first(got), pending);
    encode_whole_frames(mp3, pending);
  }
  if (report.input_samples == 0) throw Failure(Errc::input_empty, "no sound to encode as MP3");
  resample(resampler.get(), {}, pending);
  report.output_samples =
      (report.input_samples * options.sample_rate_hz + core::sample_rate_hz - 1) / core::sample_rate_hz;
  pending.resize(static_cast<std::size_t>(report.output_samples - mp3.encoded()));
  encode_whole_frames(mp3, pending);
  if (!pending.empty()) mp3.encode(pending);
  mp3.finish();
  return report;
}

}  // namespace chasqui::audio
