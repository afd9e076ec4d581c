#pragma once

#include "audio/conditioner.hpp"
#include "compress/judge.hpp"
#include "compress/segment_sound.hpp"
#include "opus/encoder.hpp"

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

namespace chasqui::compress {

/// One segment with one setting: what it costs and how it sounds.
struct Probe {
  opus::EncoderSettings settings;
  std::vector<float> kbps;                    ///< the course of the bitrate, as given; empty: the settings' own
  std::vector<opus::Packet> packets;          ///< not joined
  std::int64_t bytes = 0;                     ///< of the packets, joined
  std::vector<quality::WindowScore> windows;  ///< times from the segment's begin
};

/// Of the course, in kb/s. Precondition: it was given.
double mean_kbps(const Probe& probe);

/// Encodes a segment, decodes it with the listener's decoder and scores it against the conditioned sound, as often as
/// asked. For one thread.
class SegmentProber {
 public:
  /// Judge and encoders must outlive it.
  SegmentProber(const audio::ConditionedEpisode& episode, std::size_t index, const Judge& judge,
                const opus::WarmEncoders& encoders, std::stop_token stop = {});

  /// `kbps`: the course of the bitrate, one for each part; empty: the settings' own throughout. Throws
  /// Failure(cancelled) on a stop request.
  [[nodiscard]] Probe probe(const opus::EncoderSettings& settings, opus::Onset onset,
                            std::span<const float> kbps = {}) const;
  /// The same sound with another course of bitrates: settings, packets and bytes of the probe change, its windows do
  /// not.
  void encode_again(Probe& probe, opus::Onset onset, std::span<const float> kbps) const;
  /// Parts of core::packet_grid samples, of which each has its bitrate.
  [[nodiscard]] std::size_t parts() const noexcept;

 private:
  [[nodiscard]] opus::SegmentPackets encode(Probe& probe, opus::Onset onset, std::span<const float> kbps) const;

  const Judge& judge_;
  const opus::WarmEncoders& encoders_;
  std::stop_token stop_;
  SegmentSound sound_;
  opus::EncoderInput input_;  // of sound_
};

}  // namespace chasqui::compress
