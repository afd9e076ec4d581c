#pragma once

#include "core/metrics.hpp"

#include <string>

namespace chasqui::worker {

/// Scores, probes and how far the model was off, of every judged segment of a proof sheet.
void observe_report(core::Metrics& metrics, const std::string& report_json);

}  // namespace chasqui::worker
