#include "compress/fixed_plan.hpp"

namespace chasqui::compress {

namespace {

opus::Signal signal_of(audio::SegmentClass kind) noexcept {
  if (kind == audio::SegmentClass::music) return opus::Signal::music;
  return kind == audio::SegmentClass::mixed ? opus::Signal::either : opus::Signal::voice;
}

}  // namespace

opus::Bandwidth bandwidth_for(double bitrate_kbps) noexcept {
  if (bitrate_kbps < 10.5) return opus::Bandwidth::narrow;
  if (bitrate_kbps < 24) return opus::Bandwidth::wide;
  if (bitrate_kbps < 32) return opus::Bandwidth::superwide;
  return opus::Bandwidth::full;
}

opus::EncoderSettings fixed_settings(const audio::Segment& segment, double bitrate_kbps, bool constant_bitrate) {
  opus::EncoderSettings settings;
  settings.bitrate_kbps = bitrate_kbps;
  settings.bandwidth = bandwidth_for(bitrate_kbps);
  settings.constant_bitrate = constant_bitrate;
  // In narrowband SILK codes a podcast's music too; in wideband mode_choice decides where the sound is not plain
  // speech.
  const bool silk = settings.bandwidth <= opus::Bandwidth::wide;
  if (silk) settings.mode = opus::Mode::silk;
  if (constant_bitrate && !silk) {
    // One frame per packet, all alike: CELT's longest.
    settings.mode = opus::Mode::celt;
    settings.frame_ms = 20;
  }
  settings.signal = signal_of(segment.kind);
  return settings;
}

std::vector<opus::EncoderSettings> fixed_plan(std::span<const audio::Segment> segments, double bitrate_kbps,
                                              bool constant_bitrate) {
  std::vector<opus::EncoderSettings> plan;
  plan.reserve(segments.size());
  for (const auto& segment : segments) plan.push_back(fixed_settings(segment, bitrate_kbps, constant_bitrate));
  return plan;
}

}  // namespace chasqui::compress
