#include "worker/report_metrics.hpp"

#include <boost/json/parse.hpp>

namespace chasqui::worker {

void observe_report(core::Metrics& metrics, const std::string& report_json) {
  boost::json::error_code error;
  const auto report = boost::json::parse(report_json, error);
  const auto* segments = error ? nullptr : report.if_object() ? report.as_object().if_contains("segments") : nullptr;
  if (segments == nullptr || !segments->is_array()) return;
  const auto observe = [&](std::string_view metric, const boost::json::value& segment, const char* field) {
    const auto* value = segment.is_object() ? segment.as_object().if_contains(field) : nullptr;
    if (value != nullptr && value->is_number()) metrics.observe(metric, {}, value->to_number<double>());
  };
  for (const auto& segment : segments->as_array()) {
    observe("chasqui_segment_mos", segment, "worst_mos");
    observe("chasqui_segment_probes", segment, "probes");
  }
}

}  // namespace chasqui::worker
