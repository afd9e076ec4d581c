#pragma once

#include "compress/report_facts.hpp"

#include <string>

namespace chasqui::compress {

/// The proof sheet of docs/report.md. Depends on input, options, model and versions alone: no time, no host, no folder.
std::string report_json(const ReportFacts& facts);

}  // namespace chasqui::compress
