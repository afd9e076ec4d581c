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

/// For channels nobody named: both sides are the mean of all.
void mix_evenly(SwrContext* resampler, int from) {
  const std::vector<double> matrix(static_cast<std::size_t>(from) * 2, 1.0 / from);
  check_memory(swr_set_matrix(resampler, matrix.data(), from));
}

ResamplerPtr allocate(ChannelLayout& to, int to_rate_hz, ChannelLayout& from, int format, int from_rate_hz) {
  SwrContext* made = nullptr;
  check_memory(swr_alloc_set_opts2(&made, to.get(), AV_SAMPLE_FMT_FLT, to_rate_hz, from.get(),
                                   static_cast<AVSampleFormat>(format), from_rate_hz, 0, nullptr));
  ResamplerPtr resampler(check_memory(made));
  av_opt_set_sample_fmt(made, "internal_sample_fmt", AV_SAMPLE_FMT_FLTP, 0);
  return resampler;
}

void check_conversion(int made) {
  check_memory(made);
  if (made < 0) throw Failure(Errc::internal, fmt::format("converting sound failed ({})", describe(made)));
}

void check_start(int result) {
  check_memory(result);
  if (result < 0)
    throw Failure(Errc::input_unsupported, fmt::format("has sound that cannot be converted ({})", describe(result)));
}

ResamplerPtr make_to_stereo(ChannelLayout& from, int channels, int format, int rate_hz) {
  ChannelLayout stereo(2);
  ResamplerPtr converter = allocate(stereo, rate_hz, from, format, rate_hz);
  if (!from.named()) mix_evenly(converter.get(), channels);
  int result = swr_init(converter.get());
  if (result < 0 && result != AVERROR(ENOMEM)) {  // a layout that libav has no matrix for
    mix_evenly(converter.get(), channels);
    result = swr_init(converter.get());
  }
  check_start(result);
  return converter;
}

ResamplerPtr make_to_48k(int format, int rate_hz) {
  ChannelLayout mono(1);
  ResamplerPtr resampler = allocate(mono, core::sample_rate_hz, mono, format, rate_hz);
  check_start(swr_init(resampler.get()));
  return resampler;
}

}  // namespace

Converter::Converter(const FrameWriter& writer, std::int64_t longest) : pcm_(writer), longest_(longest) {}

bool Converter::fits(const AVFrame& frame) const noexcept {
  return to_48k_ && frame.sample_rate == rate_hz_ && frame.format == format_ && layout_.equals(frame.ch_layout);
}

void Converter::rebuild(const AVFrame& frame) {
  if (frame.sample_rate < lowest_rate_hz || frame.sample_rate > highest_rate_hz)
    throw Failure(Errc::input_unsupported, fmt::format("has a sample rate of {} Hz; {} to {} Hz are supported",
                                                       frame.sample_rate, lowest_rate_hz, highest_rate_hz));
  const int channels = frame.ch_layout.nb_channels;
  if (channels < 1 || channels > max_channels)
    throw Failure(Errc::input_unsupported,
                  fmt::format("has {} channels; 1 to {} are supported", channels, max_channels));
  drain();
  rate_hz_ = frame.sample_rate;
  format_ = frame.format;
  layout_.assign(frame.ch_layout);
  if (channels == 1) {
    to_48k_ = make_to_48k(format_, rate_hz_);
    return;
  }
  ChannelLayout from(channels);
  if (frame.ch_layout.order != AV_CHANNEL_ORDER_UNSPEC) from.assign(frame.ch_layout);
  to_stereo_ = make_to_stereo(from, channels, format_, rate_hz_);
  downmix_.emplace(2, rate_hz_);
  to_48k_ = make_to_48k(AV_SAMPLE_FMT_FLT, rate_hz_);
}

void Converter::convert(AVFrame& frame) {
  if (frame.nb_samples <= 0) return;
  if (!fits(frame)) rebuild(frame);
  bad_samples_ += tame_frame(frame);
  const auto half = static_cast<std::int64_t>(pcm_.capacity() / 2);
  const int slice = static_cast<int>(std::max<std::int64_t>(1, half * rate_hz_ / core::sample_rate_hz));
  for (int begin = 0; begin < frame.nb_samples; begin += slice)
    convert_slice(frame, begin, std::min(slice, frame.nb_samples - begin));
}

void Converter::convert_slice(const AVFrame& frame, int begin, int count) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) != 0;
  const int channels = frame.ch_layout.nb_channels;
  const std::ptrdiff_t offset = std::ptrdiff_t{begin} * av_get_bytes_per_sample(format) * (planar ? 1 : channels);
  std::array<const std::uint8_t*, max_channels> input{};
  for (int i = 0; i < (planar ? channels : 1); ++i)
    input[static_cast<std::size_t>(i)] = frame.extended_data[i] + offset;
  if (downmix_)
    mix_down(*downmix_, input.data(), count);
  else
    resample(input.data(), count);
}

void Converter::mix_down(Downmix& downmix, Planes input, int count) {
  stereo_.resize(static_cast<std::size_t>(count) * 2);
  auto* output = reinterpret_cast<std::uint8_t*>(stereo_.data());
  const int made = swr_convert(to_stereo_.get(), &output, count, const_cast<const std::uint8_t**>(input), count);
  check_conversion(made);
  mono_.clear();
  downmix.push(std::span(stereo_).first(static_cast<std::size_t>(made) * 2), mono_);
  const auto* mono = reinterpret_cast<const std::uint8_t*>(mono_.data());
  if (!mono_.empty()) resample(&mono, static_cast<int>(mono_.size()));
}

void Converter::resample(Planes input, int count) {
  const int expected = swr_get_out_samples(to_48k_.get(), count);
  const int room = std::clamp(expected, 1, static_cast<int>(pcm_.capacity()));
  auto* output = reinterpret_cast<std::uint8_t*>(pcm_.room(static_cast<std::size_t>(room)));
  give(swr_convert(to_48k_.get(), &output, room, const_cast<const std::uint8_t**>(input), count));
}

void Converter::drain() {
  if (downmix_) {
    mono_.clear();
    downmix_->finish(mono_);
    const auto* mono = reinterpret_cast<const std::uint8_t*>(mono_.data());
    if (!mono_.empty()) resample(&mono, static_cast<int>(mono_.size()));
    inverted_seconds_ += downmix_->inverted_seconds();
    downmix_.reset();
  }
  to_stereo_.reset();
  while (to_48k_) {
    const int room = static_cast<int>(pcm_.capacity());
    auto* output = reinterpret_cast<std::uint8_t*>(pcm_.room(pcm_.capacity()));
    const int made = swr_convert(to_48k_.get(), &output, room, nullptr, 0);
    give(made);
    if (made <= 0) to_48k_.reset();
  }
}

void Converter::give(int samples) {
  check_conversion(samples);
  samples_ += samples;
  if (samples_ > longest_)
    throw Failure(Errc::input_too_long,
                  fmt::format("has more than the {} s of sound that are allowed", longest_ / core::sample_rate_hz));
  pcm_.filled(static_cast<std::size_t>(samples));
}

void Converter::finish() {
  drain();
  pcm_.flush();
}

}  // namespace chasqui::audio::decoder_child
