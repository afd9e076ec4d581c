#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace chasqui::compress {

/// Text for an element or a quoted attribute: valid UTF-8, nothing in it is markup, control characters become spaces.
std::string escaped(std::string_view text);

/// To two digits, rounded down: never better than it is.
std::string mos_text(double mos);

/// "data:TYPE;base64,..."
std::string data_uri(std::string_view media_type, std::span<const std::byte> bytes);

/// From the doctype to the opening of <main>: styles, and a content security policy that lets the page load nothing,
/// run no script but its own and play no sound but what it carries. `title` is escaped here.
std::string page_head(std::string_view title);
/// The script, and the end of the page. The script looks for an <audio id="after">; elements with data-at="seconds"
/// then move it there when clicked, and so does <div id="chart" data-seconds data-begin data-end>, where time runs
/// between the latter two shares of the width of its <svg>. Without script all of the page can be read and heard.
std::string page_foot();

}  // namespace chasqui::compress
