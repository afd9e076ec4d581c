#include "compress/mode_choice.hpp"

#include "compress/need.hpp"

#include <utility>

namespace chasqui::compress {
namespace {

// CELT was never better where SILK scored more than this.
constexpr double silk_is_good_mos = 3.6;
// A change of mode is not to be had for nothing.
constexpr double least_gain_mos = 0.1;
// What CELT leaves clearer it must not make sound worse by more than this.
constexpr double tolerated_loss_mos = 0.1;
// Twice the bitrate is worth 1.65 of PESQ-WB.
constexpr double mos_per_estoi = 1.65 / estoi_per_octave;
// At the same nominal rate CELT's packets are smaller; more than this the difference in size has not been worth.
constexpr double size_is_worth_mos = 0.2;

struct Heard {
  double mos = 0;
  double estoi = 0;
};

Heard heard(const Probe& probe) {
  return {quality::summarise_mos(probe.windows).mean, quality::summarise_estoi(probe.windows).mean};
}

// Whether the other would be better than SILK if it gained so much more.
bool beats(const Heard& silk, const Heard& other, double more_mos = 0) noexcept {
  const double gain_mos = other.mos - silk.mos + more_mos;
  return gain_mos > -tolerated_loss_mos && gain_mos + mos_per_estoi * (other.estoi - silk.estoi) > least_gain_mos;
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
  const Heard of_silk = heard(silk);
  const bool scored = of_silk.mos > 0;
  if (!scored || of_silk.mos > silk_is_good_mos) return encoded(silk);

  auto as_celt = settings;
  as_celt.mode = opus::Mode::celt;
  const Probe first = prober.probe(as_celt, opus::Onset::fresh);
  if (!beats(of_silk, heard(first), size_is_worth_mos)) return encoded(silk);
  as_celt.bitrate_kbps *= static_cast<double>(silk.bytes) / static_cast<double>(first.bytes);
  const Probe celt = prober.probe(as_celt, opus::Onset::fresh);
  return encoded(beats(of_silk, heard(celt)) ? celt : silk);
}

}  // namespace chasqui::compress
