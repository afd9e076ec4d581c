#include "opus/webm.hpp"

#include "core/pcm.hpp"
#include "opus/head.hpp"

#include <fmt/format.h>

#include <array>
#include <chasqui/error.hpp>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
}

namespace chasqui::opus {
namespace {

constexpr AVRational sample_base{1, core::sample_rate_hz};
constexpr int seek_preroll = 3'840;  // 80 ms, RFC 7845 section 4.6

int check(int status, const char* doing) {
  if (status >= 0) return status;
  std::array<char, AV_ERROR_MAX_STRING_SIZE> words{};
  av_strerror(status, words.data(), words.size());
  throw Failure(Errc::internal, fmt::format("libavformat cannot {}: {}", doing, words.data()));
}

/// libavformat's view of an AtomicFile. What the file throws is kept here, since it may not pass through C.
class FileIo {
 public:
  explicit FileIo(core::AtomicFile& file) : file_(file) {
    constexpr int block = 32'768;
    auto* buffer = static_cast<unsigned char*>(av_malloc(block));
    io_ = avio_alloc_context(buffer, block, 1, this, nullptr, &FileIo::write, &FileIo::seek);
    if (io_ == nullptr) {
      av_free(buffer);
      throw Failure(Errc::internal, "libavformat is out of memory");
    }
  }
  FileIo(const FileIo&) = delete;
  FileIo& operator=(const FileIo&) = delete;
  ~FileIo() {
    av_freep(static_cast<void*>(&io_->buffer));
    avio_context_free(&io_);
  }

  [[nodiscard]] AVIOContext* get() const noexcept { return io_; }
  void rethrow() {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  }

 private:
  static int write(void* self, std::uint8_t* data, int size) noexcept {
    auto* io = static_cast<FileIo*>(self);
    try {
      io->file_.write_at(std::as_bytes(std::span(data, static_cast<std::size_t>(size))), io->position_);
      io->position_ += static_cast<std::size_t>(size);
      return size;
    } catch (...) {
      if (!io->failure_) io->failure_ = std::current_exception();
      return AVERROR(EIO);
    }
  }

  static std::int64_t seek(void* self, std::int64_t offset, int whence) noexcept {
    auto* io = static_cast<FileIo*>(self);
    const auto size = static_cast<std::int64_t>(io->file_.size());
    if (whence == AVSEEK_SIZE) return size;
    const std::int64_t base = whence == SEEK_SET   ? 0
                              : whence == SEEK_END ? size
                                                   : static_cast<std::int64_t>(io->position_);
    if (base + offset < 0) return AVERROR(EINVAL);
    io->position_ = static_cast<std::size_t>(base + offset);
    return base + offset;
  }

  core::AtomicFile& file_;
  std::size_t position_ = 0;
  AVIOContext* io_ = nullptr;
  std::exception_ptr failure_;
};

struct FormatDeleter {
  void operator()(AVFormatContext* format) const noexcept { avformat_free_context(format); }
};
struct PacketDeleter {
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
};

void add_stream(AVFormatContext* format, int pre_skip) {
  AVStream* stream = avformat_new_stream(format, nullptr);
  if (stream == nullptr) throw Failure(Errc::internal, "libavformat is out of memory");
  stream->time_base = sample_base;
  auto* codec = stream->codecpar;
  codec->codec_type = AVMEDIA_TYPE_AUDIO;
  codec->codec_id = AV_CODEC_ID_OPUS;
  codec->sample_rate = core::sample_rate_hz;
  codec->initial_padding = pre_skip;
  codec->seek_preroll = seek_preroll;
  av_channel_layout_default(&codec->ch_layout, 1);
  const auto head = serialize(OpusHead{.pre_skip = pre_skip, .input_sample_rate_hz = core::sample_rate_hz});
  codec->extradata = static_cast<std::uint8_t*>(av_mallocz(head.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (codec->extradata == nullptr) throw Failure(Errc::internal, "libavformat is out of memory");
  std::memcpy(codec->extradata, head.data(), head.size());
  codec->extradata_size = static_cast<int>(head.size());
}

void add_chapters(AVFormatContext* format, const std::vector<ChapterMark>& chapters) {
  if (chapters.empty()) return;
  format->chapters = static_cast<AVChapter**>(av_calloc(chapters.size(), sizeof(AVChapter*)));
  for (const auto& mark : chapters) {
    auto* chapter = format->chapters == nullptr ? nullptr : static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (chapter == nullptr) throw Failure(Errc::internal, "libavformat is out of memory");
    format->chapters[format->nb_chapters] = chapter;
    ++format->nb_chapters;
    chapter->id = format->nb_chapters;
    chapter->time_base = sample_base;
    chapter->start = mark.begin;
    chapter->end = std::max(mark.end, mark.begin);
    check(av_dict_set(&chapter->metadata, "title", to_utf8(mark.title).c_str(), 0), "add a chapter");
  }
}

}  // namespace

struct WebmWriter::Impl {
  explicit Impl(const WebmHeader& header, core::AtomicFile& file) : io(file), pre_skip(header.pre_skip) {
    AVFormatContext* raw = nullptr;
    check(avformat_alloc_output_context2(&raw, nullptr, "webm", nullptr), "write WebM");
    format.reset(raw);
    format->pb = io.get();
    format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    add_stream(raw, header.pre_skip);
    add_chapters(raw, header.chapters);
    for (const auto& tag : header.tags)
      check(av_dict_set(&raw->metadata, to_utf8(tag.key).c_str(), to_utf8(tag.value).c_str(), 0), "add a tag");
    AVDictionary* options = nullptr;
    // The longest that a cluster's 16-bit millisecond clock allows, in whole seconds.
    check(av_dict_set(&options, "cluster_time_limit", "32000", 0), "set an option");
    const int status = avformat_write_header(raw, &options);
    av_dict_free(&options);
    done(status, "write the WebM header");
  }

  void done(int status, const char* doing) {
    io.rethrow();
    check(status, doing);
    check(io.get()->error, doing);
  }

  void put(const Packet& held_packet, std::int64_t discard) {
    std::unique_ptr<AVPacket, PacketDeleter> packet(av_packet_alloc());
    if (!packet) throw Failure(Errc::internal, "libavformat is out of memory");
    check(av_new_packet(packet.get(), static_cast<int>(held_packet.bytes.size())), "take a packet");
    std::memcpy(packet->data, held_packet.bytes.data(), held_packet.bytes.size());
    packet->pts = packet->dts = written - held_packet.samples - pre_skip;
    packet->duration = held_packet.samples;
    packet->flags |= AV_PKT_FLAG_KEY;
    if (discard > 0) {
      std::uint8_t* side = av_packet_new_side_data(packet.get(), AV_PKT_DATA_SKIP_SAMPLES, 10);
      if (side == nullptr) throw Failure(Errc::internal, "libavformat is out of memory");
      std::memset(side, 0, 10);
      for (int i = 0; i < 4; ++i) side[4 + i] = static_cast<std::uint8_t>(discard >> (8 * i));
    }
    av_packet_rescale_ts(packet.get(), sample_base, format->streams[0]->time_base);
    done(av_write_frame(format.get(), packet.get()), "write a WebM packet");
  }

  FileIo io;
  std::unique_ptr<AVFormatContext, FormatDeleter> format;
  std::int64_t pre_skip;
  std::int64_t written = 0;    // samples in all packets, the held one too
  std::optional<Packet> held;  // the latest packet: only the last one is trimmed
};

WebmWriter::WebmWriter(const WebmHeader& header, core::AtomicFile& file)
    : impl_(std::make_unique<Impl>(header, file)) {}
WebmWriter::WebmWriter(WebmWriter&&) noexcept = default;
WebmWriter::~WebmWriter() = default;

void WebmWriter::write(const Packet& packet) {
  if (packet.samples <= 0 || packet.samples != packet_samples(packet.bytes))
    throw Failure(Errc::internal, fmt::format("a packet said to last {} samples lasts {}", packet.samples,
                                              packet_samples(packet.bytes)));
  auto& held = impl_->held;
  if (held) impl_->put(*held, 0);
  held = packet;
  impl_->written += packet.samples;
}

void WebmWriter::finish(std::int64_t length) {
  const std::int64_t discard = impl_->written - impl_->pre_skip - length;
  auto& held = impl_->held;
  if (!held || length < 0 || discard < 0 || discard >= held->samples)
    throw Failure(Errc::internal, fmt::format("{} samples do not end within the last WebM packet", length));
  impl_->put(*held, discard);
  held.reset();
  impl_->done(av_write_trailer(impl_->format.get()), "finish the WebM file");
}

}  // namespace chasqui::opus
