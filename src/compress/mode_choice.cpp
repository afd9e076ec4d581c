#include "compress/mode_choice.hpp"

#include "compress/need.hpp"

#include <cmath>
#include <utility>

namespace chasqui::compress {
namespace {

// CELT was never better where SILK scored more than this.
constexpr double silk_is_good_mos = 3.6;
// A change of mode is not to be had for nothing.
constexpr double least_gain_mos = 0.1;
// What CELT leaves clearer it must not make sound worse by more than this.
constexpr double tolerated_loss_mos = 0.1;
// What twice the bitrate is worth in PESQ-WB.
constexpr double mos_per_octave = 1.65;
constexpr double mos_per_estoi = mos_per_octave / estoi_per_octave;
// At the same nominal rate CELT's packets are smaller by about this.
constexpr double celt_for_silk = 1.1;
// Sizes as close as this, in octaves, are the same.
constexpr double same_size = 0.04;
// What the guess for another size may be wrong by.
constexpr double doubt_mos = 0.1;

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
  as_celt.bitrate_kbps *= celt_for_silk;
  Probe celt = prober.probe(as_celt, opus::Onset::fresh);
  const double octaves = std::log2(static_cast<double>(silk.bytes) / static_cast<double>(celt.bytes));
  if (std::abs(octaves) > same_size) {
    Heard guess = heard(celt);
    guess.mos += octaves * mos_per_octave;
    guess.estoi += octaves * estoi_per_octave;
    if (!beats(of_silk, guess, doubt_mos)) return encoded(silk);
    as_celt.bitrate_kbps *= std::exp2(octaves);
    celt = prober.probe(as_celt, opus::Onset::fresh);
  }
  return encoded(beats(of_silk, heard(celt)) ? celt : silk);
}

}  // namespace chasqui::compress
