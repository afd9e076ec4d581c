#pragma once

#include "opus/packet.hpp"

#include <cstdint>

namespace chasqui::opus {

/// What the encoder is told of the sound. `either`, as speech over music, leaves it to libopus' analysis, frame by
/// frame.
enum class Signal : std::uint8_t { voice, music, either };

/// One setting of the encoder: what the planner chooses per segment.
struct EncoderSettings {
  double bitrate_kbps = 8.0;
  Bandwidth bandwidth = Bandwidth::narrow;
  Mode mode = Mode::automatic;
  int frame_ms = 60;  ///< 20, 40 or 60
  int complexity = 10;
  bool dtx = false;
  bool constrained_vbr = false;
  bool constant_bitrate = false;
  Signal signal = Signal::voice;

  friend bool operator==(const EncoderSettings&, const EncoderSettings&) = default;
};

}  // namespace chasqui::opus
