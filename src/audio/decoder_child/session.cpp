#include "audio/decoder_child/session.hpp"

#include "audio/decoder_child/metadata.hpp"
#include "audio/decoder_child/probe.hpp"
#include "core/pcm.hpp"

#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

namespace chasqui::audio::decoder_child {
namespace {

using protocol::FrameType;

/// Errors that one packet may bring before its remains are given up.
constexpr int errors_per_packet = 16;

/// Nothing usable is left where this share of packets is damaged and less than this sounds.
constexpr double hopeless_share = 0.9;
constexpr std::int64_t hopeless_samples = core::sample_rate_hz / 10;

constexpr const char* beyond_memory = "takes more memory to decode than is allowed: damaged, or made to harm";

bool alike(const AVFrame& a, const AVFrame& b) {
  return a.sample_rate == b.sample_rate && a.format == b.format &&
         av_channel_layout_compare(&a.ch_layout, &b.ch_layout) == 0;
}

}  // namespace

Session::Session(Input& input, const FrameWriter& writer, std::chrono::seconds longest)
    : writer_(writer),
      longest_(longest.count() * core::sample_rate_hz),
      container_(input),
      packet_(check_memory(av_packet_alloc())),
      frame_(check_memory(av_frame_alloc())) {
  open_codec();
}

void Session::open_codec() {
  const AVCodecParameters& parameters = *container_.stream().codecpar;
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  const auto unsupported = [&](const char* why) {
    return Failure(Errc::input_unsupported, fmt::format("has sound that is coded in a way that is not supported ({}{})",
                                                        avcodec_get_name(parameters.codec_id), why));
  };
  if (decoder == nullptr) throw unsupported("");
  codec_.reset(check_memory(avcodec_alloc_context3(decoder)));
  check_memory(avcodec_parameters_to_context(codec_.get(), &parameters));
  codec_->codec_whitelist = check_memory(av_strdup(allowed_codecs));
  codec_->pkt_timebase = container_.stream().time_base;
  codec_->thread_count = 1;
  codec_->thread_type = 0;
  // Only FLAC has checksums over whole frames whose decoder would otherwise pass on what failed them: bursts of noise.
  if (parameters.codec_id == AV_CODEC_ID_FLAC) codec_->err_recognition |= AV_EF_CRCCHECK | AV_EF_EXPLODE;
  const int opened = avcodec_open2(codec_.get(), decoder, nullptr);
  check_memory(opened);
  if (opened < 0) throw unsupported((", " + describe(opened)).c_str());
}

void Session::run() {
  while (container_.read(*packet_) == Container::Next::packet) {
    ++packets_;
    decode(packet_.get());
  }
  const bool cut = last_damaged_;
  decode(nullptr);
  if (!converter_) judge_whole();
  converter_->finish();
  const std::int64_t damaged =
      damaged_ + container_.damaged_places(static_cast<double>(converter_->samples()) / core::sample_rate_hz);
  if (converter_->samples() == 0) throw Failure(Errc::input_empty, "has no samples of sound");
  if (converter_->samples() < hopeless_samples &&
      static_cast<double>(damaged_) > hopeless_share * static_cast<double>(packets_))
    throw Failure(Errc::input_corrupt, "is so damaged that nothing usable is left");
  const DecodeStats stats{.damaged_packets = damaged,
                          .bad_samples = converter_->bad_samples(),
                          .truncated = cut || container_.truncated(),
                          .inverted_seconds = converter_->inverted_seconds()};
  writer_.write(FrameType::end, protocol::encode(stats));
}

/// Null drains the decoder.
void Session::decode(const AVPacket* packet) {
  const int sent = avcodec_send_packet(codec_.get(), packet);
  check_memory(sent);
  const bool whole = take_frames();
  const bool good = whole && (sent >= 0 || packet == nullptr);
  if (packet == nullptr) return;
  last_damaged_ = !good;
  if (good) return;
  ++damaged_;
  if (!converter_) held_.clear();
}

bool Session::take_frames() {
  int errors = 0;
  while (errors < errors_per_packet) {
    const int result = avcodec_receive_frame(codec_.get(), frame_.get());
    check_memory(result);
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) break;
    if (result < 0)
      ++errors;
    else
      accept();
  }
  return errors == 0;
}

void Session::accept() {
  if (frame_->nb_samples <= 0) return;
  if (converter_)
    converter_->convert(*frame_);
  else
    hold();
}

void Session::hold() {
  if (!held_.empty() && !alike(*held_.back(), *frame_)) held_.clear();
  held_.push_back(std::exchange(frame_, FramePtr(check_memory(av_frame_alloc()))));
  if (held_.size() >= static_cast<std::size_t>(container_.frames_to_trust())) release();
}

/// The frames held back turned out to be sound: tells so, with them as the beginning.
void Session::release() {
  const AVFrame& first = *held_.front();
  MediaInfo media = describe_media(container_.format(), container_.stream());
  media.codec = codec_->codec->name;
  media.sample_rate_hz = first.sample_rate;
  media.channels = first.ch_layout.nb_channels;
  converter_.emplace(writer_, longest_);
  writer_.write(FrameType::info, protocol::encode(media));
  for (const FramePtr& frame : std::exchange(held_, {})) converter_->convert(*frame);
}

/// The whole file was shorter than what trust takes: good if nothing in it was bad.
void Session::judge_whole() {
  if (!held_.empty() && damaged_ == 0) return release();
  if (container_.truncated())
    throw Failure(Errc::input_corrupt, fmt::format("ends before any sound could be decoded{}", container_.way_out()));
  if (damaged_ > 0 || container_.damaged_places(0) > 0)
    throw Failure(Errc::input_corrupt, "is so damaged that no sound could be decoded");
  throw Failure(Errc::input_empty, "has no samples of sound");
}

void serve(Input& input, const FrameWriter& writer, std::chrono::seconds longest) {
  // libav now and then forgets that memory was what it lacked; then there is still none.
  const auto out_of_memory = [] {
    void* const probe = std::malloc(std::size_t{16} << 20);
    std::free(probe);
    return probe == nullptr;
  };
  const auto fail = [&](Errc code, const char* message) {
    writer.write(FrameType::error, protocol::encode(Error{code, message}));
  };
  try {
    Session(input, writer, longest).run();
  } catch (const Failure& failure) {
    if (out_of_memory())
      fail(Errc::decoder_limit, beyond_memory);
    else
      fail(failure.code(), failure.what());
  } catch (const std::bad_alloc&) {
    fail(Errc::decoder_limit, beyond_memory);
  } catch (const std::exception& failure) {
    fail(Errc::internal, failure.what());
  }
}

}  // namespace chasqui::audio::decoder_child
