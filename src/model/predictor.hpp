#pragma once

#include "audio/segment.hpp"
#include "model/booster.hpp"
#include "model/feature_row.hpp"

#include <array>
#include <span>
#include <string>
#include <vector>

namespace chasqui::model {

struct Prediction {
  double worst_mos = 0;    ///< of the segment's windows
  double actual_kbps = 0;  ///< packets, without container
};

/// Tells from a segment's features what a setting would give. For one thread.
class Predictor {
 public:
  Predictor(Booster mos, Booster rate) : mos_(std::move(mos)), rate_(std::move(rate)) {}

  [[nodiscard]] std::vector<Prediction> predict(std::span<const Row> rows) const;
  [[nodiscard]] const Booster& mos() const noexcept { return mos_; }    ///< worst_mos
  [[nodiscard]] const Booster& rate() const noexcept { return rate_; }  ///< log2 of actual over asked bitrate

 private:
  Booster mos_;
  Booster rate_;
};

/// Bitrates at which curves are known, in kb/s: 4.5 times powers of 2 to the 1/8th, up to 48.
inline constexpr std::size_t curve_points = 28;
double curve_kbps(std::size_t point) noexcept;

/// How one segment fares at one bandwidth and mode as the bitrate rises.
struct Curve {
  std::array<Prediction, curve_points> points{};

  /// The least bitrate to ask for that gives `mos`, between points by a straight line over log2 of the bitrate; the
  /// highest where none does.
  [[nodiscard]] double kbps_for(double mos) const noexcept;
  /// What asking for `kbps` gives.
  [[nodiscard]] Prediction at(double kbps) const noexcept;
  /// Rise of the score per doubling of the bitrate around `kbps`, over an octave.
  [[nodiscard]] double mos_per_octave(double kbps) const noexcept;
};

/// One curve for each segment.
std::vector<Curve> predict_curves(const Predictor& predictor, std::span<const audio::Segment> segments,
                                  opus::Bandwidth bandwidth, opus::Mode mode);

}  // namespace chasqui::model
