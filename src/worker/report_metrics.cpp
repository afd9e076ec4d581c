#include "worker/report_metrics.hpp"

#include <boost/json/parse.hpp>

#include <cmath>
#include <optional>

namespace chasqui::worker {

void observe_report(core::Metrics& metrics, const std::string& report_json) {
  boost::json::error_code error;
  const auto report = boost::json::parse(report_json, error);
  const auto* segments = error ? nullptr : report.if_object() ? report.as_object().if_contains("segments") : nullptr;
  if (segments == nullptr || !segments->is_array()) return;
  for (const auto& segment : segments->as_array()) {
    const auto number = [&](const char* field) {
      const auto* value = segment.is_object() ? segment.as_object().if_contains(field) : nullptr;
      return value != nullptr && value->is_number() ? std::optional(value->to_number<double>()) : std::nullopt;
    };
    const auto guessed = number("guessed_kbps").value_or(0);
    const auto found = number("found_kbps").value_or(0);
    if (guessed > 0 && found > 0) metrics.observe("chasqui_guess_error_octaves", {}, std::log2(found / guessed));
    if (const auto mos = number("worst_mos")) metrics.observe("chasqui_segment_mos", {}, *mos);
    if (const auto probes = number("probes")) metrics.observe("chasqui_segment_probes", {}, *probes);
  }
}

}  // namespace chasqui::worker
