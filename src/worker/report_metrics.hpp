#pragma once

#include "core/metrics.hpp"

#include <string>

namespace chasqui::worker {

/// Scores and probes of every judged segment of a proof sheet.
void observe_report(core::Metrics& metrics, const std::string& report_json);

}  // namespace chasqui::worker
