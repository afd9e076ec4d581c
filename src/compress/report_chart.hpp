#pragma once

#include "audio/conditioner.hpp"
#include "compress/report.hpp"
#include "quality/window_scores.hpp"

#include <span>
#include <string>

namespace chasqui::compress {

struct ReportChart {
  std::string svg;   ///< of a size that does not depend on the recording; nothing in it comes from files
  double begin = 0;  ///< where time begins and ends, as shares of the chart's width
  double end = 1;
};

/// Panels over one axis of time: the conditioned sound, the classes of its segments (a row each), the kb/s spent on
/// them if there are outcomes, the MOS of its windows with `target` and the worst of them if any was scored. Reads the
/// sound in blocks and pools everything to the chart's width.
ReportChart draw_report_chart(const audio::ConditionedEpisode& episode, std::span<const SegmentOutcome> outcomes,
                              std::span<const quality::WindowScore> windows, double target);

}  // namespace chasqui::compress
