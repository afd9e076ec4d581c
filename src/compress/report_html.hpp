#pragma once

#include "compress/report_facts.hpp"

#include <filesystem>
#include <string>

namespace chasqui::compress {

/// The proof sheet as one HTML page that carries its chart and its sounds and loads nothing (docs/report.md, "As a
/// page"). As report_json it depends on input, options, model and versions alone. `output_file` is what came out: it is
/// embedded when small, and excerpts of it are decoded when it is Ogg Opus. Throws Failure; a stop throws
/// Errc::cancelled.
std::string report_html(const ReportFacts& facts, const std::filesystem::path& output_file);

}  // namespace chasqui::compress
