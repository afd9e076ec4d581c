#include "compress/mode_choice.hpp"

#include <utility>

namespace chasqui::compress {
namespace {

// CELT was never better where SILK scored more than this.
constexpr double silk_is_good_mos = 3.4;
// A change of mode is not to be had for nothing.
constexpr double least_gain_mos = 0.1;
// At the same nominal rate CELT's packets are smaller; more than this the difference in size has not been worth.
constexpr double size_is_worth_mos = 0.2;

double mean_mos(const Probe& probe) {
  return quality::summarise_mos(probe.windows).mean;
}

EncodedSegment encoded(const Probe& probe) {
  return {probe.settings, opus::join_packets(probe.packets), {}};
}

}  // namespace

bool mode_is_open(const opus::EncoderSettings& settings) noexcept {
  return settings.bandwidth == opus::Bandwidth::wide && settings.signal != opus::Signal::voice &&
         !settings.constant_bitrate;
}

EncodedSegment encode_in_better_mode(const SegmentProber& prober, const opus::EncoderSettings& settings) {
  auto as_silk = settings;
  as_silk.mode = opus::Mode::silk;
  const Probe silk = prober.probe(as_silk, opus::Onset::continuing);
  const double silk_mos = mean_mos(silk);
  const bool scored = silk_mos > 0;
  if (!scored || silk_mos > silk_is_good_mos) return encoded(silk);

  auto as_celt = settings;
  as_celt.mode = opus::Mode::celt;
  const Probe first = prober.probe(as_celt, opus::Onset::fresh);
  if (mean_mos(first) + size_is_worth_mos < silk_mos + least_gain_mos) return encoded(silk);
  as_celt.bitrate_kbps *= static_cast<double>(silk.bytes) / static_cast<double>(first.bytes);
  const Probe celt = prober.probe(as_celt, opus::Onset::fresh);
  return encoded(mean_mos(celt) > silk_mos + least_gain_mos ? celt : silk);
}

}  // namespace chasqui::compress
