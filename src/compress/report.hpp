#pragma once

#include "compress/report_facts.hpp"

#include <boost/json/fwd.hpp>

#include <string>

namespace chasqui::compress {

/// The proof sheet of docs/report.md. Depends on input, options, model and versions alone: no time, no host, no folder.
std::string report_json(const ReportFacts& facts);

/// Its `conditioning`, and what of its `input` was found by decoding.
boost::json::object conditioning_json(const audio::ConditionReport& report, const CompressOptions& options);
boost::json::object decoding_json(const audio::ConditionReport& report);

}  // namespace chasqui::compress
