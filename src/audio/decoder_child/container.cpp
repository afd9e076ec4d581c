#include "audio/decoder_child/container.hpp"

#include "audio/decoder_child/announced.hpp"
#include "audio/decoder_child/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chasqui/error.hpp>
#include <cstddef>
#include <string_view>
#include <system_error>
#include <vector>

namespace chasqui::audio::decoder_child {
namespace {

/// Failed reads in a row before the rest of a file is given up.
constexpr int patience = 64;

/// By how much packets may fall short of the announced length: rounding, priming, a last frame.
constexpr double tolerance_seconds = 0.25;

int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

double seconds(std::int64_t time, AVRational base) {
  return time == AV_NOPTS_VALUE ? 0 : static_cast<double>(time) * av_q2d(base);
}

/// What the header says, 0 if nothing.
double announced_seconds(const AVStream& stream) {
  const double announced = std::max(0.0, seconds(stream.duration, stream.time_base));
  const int block_bytes = stream.codecpar->block_align;
  const double bytes = announced * stream.codecpar->sample_rate * block_bytes;
  return block_bytes > 0 && is_unknown_size(bytes) ? 0 : announced;
}

}  // namespace

Container::Container(Input& input) : input_(input) {
  open();
  choose_stream();
}

void Container::open() {
  const AVInputFormat* kind = probe(input_);
  throw_read_error();
  AVFormatContext* format = check_memory(avformat_alloc_context());
  format->pb = input_.context();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = refuse_to_open;
  format->protocol_whitelist = check_memory(av_strdup("none"));
  format->format_whitelist = check_memory(av_strdup(allowed_formats));
  format->codec_whitelist = check_memory(av_strdup(allowed_codecs));
  const int opened = avformat_open_input(&format, "", kind, nullptr);
  format_.reset(format);  // null after a failure
  check_memory(opened);
  throw_read_error();
  if (opened < 0)
    throw Failure(Errc::input_corrupt, fmt::format("looks like {} but its header cannot be read ({}){}", kind->name,
                                                   describe(opened), way_out()));
  for (unsigned i = 0; i < format->nb_streams; ++i)
    if (format->streams[i]->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) format->streams[i]->discard = AVDISCARD_ALL;
}

void Container::choose_stream() {
  // Before libav fills in what the header does not say with estimates.
  std::vector<double> announced;
  announced.reserve(format_->nb_streams);
  for (unsigned i = 0; i < format_->nb_streams; ++i) announced.push_back(announced_seconds(*format_->streams[i]));
  check_memory(avformat_find_stream_info(format_.get(), nullptr));
  throw_read_error();
  const int best = av_find_best_stream(format_.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  check_memory(best);
  if (best < 0) {
    if (format_->nb_streams == 0 || lacks_bytes(input_, format_->iformat->name))
      throw Failure(Errc::input_corrupt, "ends or breaks before its sound begins");
    throw Failure(Errc::input_no_audio, "has no sound in it");
  }
  if (static_cast<std::size_t>(best) < announced.size()) header_seconds_ = announced[static_cast<std::size_t>(best)];
  for (unsigned i = 0; i < format_->nb_streams; ++i)
    format_->streams[i]->discard = static_cast<int>(i) == best ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  stream_ = format_->streams[best];
}

const char* Container::way_out() const noexcept {
  return input_.seekable() ? "" : "; a pipe cannot be read at any place: save it to a file first";
}

int Container::frames_to_trust() const noexcept {
  return decoder_child::frames_to_trust(*format_->iformat);
}

Container::Next Container::read(AVPacket& packet) {
  for (int failures = 0; failures < patience;) {
    av_packet_unref(&packet);
    const int result = av_read_frame(format_.get(), &packet);
    check_memory(result);
    throw_read_error();
    if (result == AVERROR_EOF) return Next::end;
    if (result == AVERROR(EAGAIN)) {
      ++failures;
      continue;
    }
    if (result < 0) {
      if (input_.hit_end() && avio_feof(input_.context()) != 0) {
        cut_ = true;
        return Next::end;
      }
      ++damaged_places_;
      ++failures;
      continue;
    }
    failures = 0;
    if (packet.stream_index != stream_->index) continue;
    note_time(packet);
    return Next::packet;
  }
  return Next::end;
}

void Container::note_time(const AVPacket& packet) {
  packet_seconds_ += std::max(0.0, seconds(packet.duration, stream_->time_base));
  // A last packet of raw sound shorter than libav asked for is flagged too, but is whole if it ends between blocks.
  const int block_bytes = stream_->codecpar->block_align;
  cut_ = (packet.flags & AV_PKT_FLAG_CORRUPT) != 0 && (block_bytes <= 0 || packet.size % block_bytes != 0);
}

/// libav drops broken Ogg pages without a word; what is missing is told by the clock of the last page.
std::int64_t Container::damaged_places(double decoded_seconds) const {
  const double declared = static_cast<double>(std::max<std::int64_t>(format_->duration, 0)) / AV_TIME_BASE;
  const bool lost_pages = std::string_view(format_->iformat->name) == "ogg" && damaged_places_ == 0 &&
                          decoded_seconds + tolerance_seconds < declared;
  return damaged_places_ + (lost_pages ? 1 : 0);
}

bool Container::truncated() const {
  const bool short_of_header = header_seconds_ > 0 && packet_seconds_ + tolerance_seconds < header_seconds_;
  return cut_ || short_of_header || lacks_bytes(input_, format_->iformat->name);
}

void Container::throw_read_error() const {
  if (input_.error() != 0)
    throw Failure(Errc::input_unreadable,
                  fmt::format("reading failed: {}", std::generic_category().message(input_.error())));
}

}  // namespace chasqui::audio::decoder_child
