#include "worker/report_metrics.hpp"

#include <boost/json/parse.hpp>

#include <cmath>

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
  const auto number = [](const boost::json::value& segment, const char* field) {
    const auto* value = segment.is_object() ? segment.as_object().if_contains(field) : nullptr;
    return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
  };
  for (const auto& segment : segments->as_array()) {
    const double guessed = number(segment, "guessed_kbps");
    const double found = number(segment, "found_kbps");
    if (guessed > 0 && found > 0) metrics.observe("chasqui_guess_error_octaves", {}, std::log2(found / guessed));
    observe("chasqui_segment_mos", segment, "worst_mos");
    observe("chasqui_segment_probes", segment, "probes");
  }
}

}  // namespace chasqui::worker
