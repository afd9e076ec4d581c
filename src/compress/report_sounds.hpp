#pragma once

#include "compress/report_facts.hpp"

#include <filesystem>
#include <string>

namespace chasqui::compress {

/// The players: all of `output_file` where it is small and browsers play it, and excerpts before and after. Throws
/// Failure; a stop throws Errc::cancelled.
std::string report_sounds(const ReportFacts& facts, const std::filesystem::path& output_file);

/// Whether the page carries all of the output, so that there is a player to move.
bool can_seek(const ReportFacts& facts);
/// A link to that player, which the script moves; the text alone where there is none. `text` is HTML.
std::string seek_link(const ReportFacts& facts, double begin_s, const std::string& text);

}  // namespace chasqui::compress
