#include "audio/decoder_child/converter.hpp"

#include "core/pcm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chasqui/error.hpp>
#include <cmath>
#include <span>
#include <vector>

extern "C" {
#include <libavutil/opt.h>
}

namespace chasqui::audio::decoder_child {
namespace {

constexpr int lowest_rate_hz = 4'000;
constexpr int highest_rate_hz = 192'000;
constexpr int max_channels = 64;  // libswresample's

/// No recording peaks at +18 dBFS; a codec gone astray may, and would spoil the loudness of the whole file.
constexpr double loudest = 8.0;

/// How many were not finite.
template <typename Sample>
std::int64_t tame(std::span<Sample> samples) {
  constexpr auto bound = static_cast<Sample>(loudest);
  // A separate pass without branches, since nearly every frame is sane; NaN compares false.
  int wild = 0;
  for (const Sample sample : samples) wild += (std::abs(sample) <= bound) ? 0 : 1;
  if (wild == 0) return 0;
  std::int64_t bad = 0;
  for (Sample& sample : samples) {
    if (std::isfinite(sample)) {
      sample = std::clamp(sample, -bound, bound);
    } else {
      sample = 0;
      ++bad;
    }
  }
  return bad;
}

template <typename Sample>
std::int64_t tame(AVFrame& frame) {
  const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
  const int planes = planar ? frame.ch_layout.nb_channels : 1;
  const auto per_plane =
      static_cast<std::size_t>(frame.nb_samples) * static_cast<std::size_t>(planar ? 1 : frame.ch_layout.nb_channels);
  std::int64_t bad = 0;
  for (int i = 0; i < planes; ++i) bad += tame(std::span(reinterpret_cast<Sample*>(frame.extended_data[i]), per_plane));
  return bad;
}

std::int64_t tame_frame(AVFrame& frame) {
  const AVSampleFormat packed = av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format));
  if (packed != AV_SAMPLE_FMT_FLT && packed != AV_SAMPLE_FMT_DBL) return 0;
  check_memory(av_frame_make_writable(&frame));
  return packed == AV_SAMPLE_FMT_FLT ? tame<float>(frame) : tame<double>(frame);
}

/// For channels nobody named: each output is the mean of all.
void mix_evenly(SwrContext* resampler, int from, int to) {
  const std::vector<double> matrix(static_cast<std::size_t>(from) * static_cast<std::size_t>(to), 1.0 / from);
  check_memory(swr_set_matrix(resampler, matrix.data(), from));
}

}  // namespace

Converter::Converter(const FrameWriter& writer, int channels, std::int64_t longest)
    : pcm_(writer, channels), channels_(channels), longest_(longest) {}

bool Converter::fits(const AVFrame& frame) const noexcept {
  return resampler_ && frame.sample_rate == rate_hz_ && frame.format == format_ && layout_.equals(frame.ch_layout);
}

void Converter::rebuild(const AVFrame& frame) {
  if (frame.sample_rate < lowest_rate_hz || frame.sample_rate > highest_rate_hz)
    throw Failure(Errc::input_unsupported, fmt::format("has a sample rate of {} Hz; {} to {} Hz are supported",
                                                       frame.sample_rate, lowest_rate_hz, highest_rate_hz));
  const int from = frame.ch_layout.nb_channels;
  if (from < 1 || from > max_channels)
    throw Failure(Errc::input_unsupported, fmt::format("has {} channels; 1 to {} are supported", from, max_channels));
  drain();
  resampler_.reset();
  ChannelLayout input(from);
  if (frame.ch_layout.order != AV_CHANNEL_ORDER_UNSPEC) input.assign(frame.ch_layout);
  ChannelLayout output(channels_);
  SwrContext* made = nullptr;
  check_memory(swr_alloc_set_opts2(&made, output.get(), AV_SAMPLE_FMT_FLT, core::sample_rate_hz, input.get(),
                                   static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr));
  resampler_.reset(check_memory(made));
  av_opt_set_sample_fmt(made, "internal_sample_fmt", AV_SAMPLE_FMT_FLTP, 0);
  if (!input.named()) mix_evenly(made, from, channels_);
  int result = swr_init(made);
  if (result < 0 && result != AVERROR(ENOMEM)) {  // a layout that libav has no matrix for
    mix_evenly(made, from, channels_);
    result = swr_init(made);
  }
  check_memory(result);
  if (result < 0)
    throw Failure(Errc::input_unsupported, fmt::format("has sound that cannot be converted ({})", describe(result)));
  rate_hz_ = frame.sample_rate;
  format_ = frame.format;
  layout_.assign(frame.ch_layout);
}

void Converter::convert(AVFrame& frame) {
  if (frame.nb_samples <= 0) return;
  if (!fits(frame)) rebuild(frame);
  bad_samples_ += tame_frame(frame);
  const auto half = static_cast<std::int64_t>(pcm_.capacity() / 2);
  const int slice = static_cast<int>(std::max<std::int64_t>(1, half * rate_hz_ / core::sample_rate_hz));
  for (int begin = 0; begin < frame.nb_samples; begin += slice)
    resample(frame, begin, std::min(slice, frame.nb_samples - begin));
}

void Converter::resample(const AVFrame& frame, int begin, int count) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int channels = frame.ch_layout.nb_channels;
  const std::ptrdiff_t offset = std::ptrdiff_t{begin} * av_get_bytes_per_sample(format) * (planar ? 1 : channels);
  std::array<const std::uint8_t*, max_channels> input{};
  for (int i = 0; i < (planar ? channels : 1); ++i)
    input[static_cast<std::size_t>(i)] = frame.extended_data[i] + offset;
  const int expected = swr_get_out_samples(resampler_.get(), count);
  const int room = std::clamp(expected, 1, static_cast<int>(pcm_.capacity()));
  auto* output = reinterpret_cast<std::uint8_t*>(pcm_.room(static_cast<std::size_t>(room)));
  give(swr_convert(resampler_.get(), &output, room, input.data(), count));
}

void Converter::drain() {
  while (resampler_) {
    const int room = static_cast<int>(pcm_.capacity());
    auto* output = reinterpret_cast<std::uint8_t*>(pcm_.room(pcm_.capacity()));
    const int made = swr_convert(resampler_.get(), &output, room, nullptr, 0);
    give(made);
    if (made <= 0) return;
  }
}

void Converter::give(int frames) {
  check_memory(frames);
  if (frames < 0) throw Failure(Errc::internal, fmt::format("resampling failed ({})", describe(frames)));
  frames_ += frames;
  if (frames_ > longest_)
    throw Failure(Errc::input_too_long,
                  fmt::format("has more than the {} s of sound that are allowed", longest_ / core::sample_rate_hz));
  pcm_.filled(static_cast<std::size_t>(frames));
}

void Converter::finish() {
  drain();
  pcm_.flush();
}

}  // namespace chasqui::audio::decoder_child
