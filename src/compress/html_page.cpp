#include "compress/html_page.hpp"

#include "core/base64.hpp"
#include "core/sha256.hpp"
#include "opus/comments.hpp"

#include <fmt/format.h>

#include <chasqui/compress.hpp>
#include <cmath>

namespace chasqui::compress {
namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #222; font: 100%/1.5 "Noto Sans", "DejaVu Sans", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: .5rem 1rem 2rem; }
h1, h2, h3, p, td, th, code, figcaption { overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .8rem 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
a { color: #00528c; }
:focus-visible { outline: 3px solid #00528c; outline-offset: 2px; }
.summary { font-size: 1.1rem; margin: .4rem 0; }
.wide { overflow-x: auto; }
#chart svg { display: block; width: 100%; min-width: 44rem; height: auto; }
#chart.seeks svg { cursor: pointer; }
audio { display: block; width: 100%; max-width: 40rem; }
figure { margin: .5rem 0; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16rem), 1fr)); gap: 0 1rem; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; }
.rows th, .rows td { white-space: nowrap; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.facts th { font-weight: normal; color: #555; min-width: 6rem; }
caption { text-align: left; padding: .3rem 0; }
summary { cursor: pointer; font-weight: bold; padding: .4rem 0; }
@media print { audio { display: none; } #chart svg { min-width: 0; } }
)";

// Plain enough for the browsers of old telephones.
constexpr std::string_view script = R"(
(function () {
  var player = document.getElementById("after");
  var chart = document.getElementById("chart");
  if (!player) return;
  function seek(seconds) {
    player.currentTime = seconds;
    var playing = player.play();
    if (playing && playing.catch) playing.catch(function () {});
  }
  function time_in_chart(event) {
    var box = chart.querySelector("svg").getBoundingClientRect();
    var begin = Number(chart.dataset.begin), end = Number(chart.dataset.end);
    var share = ((event.clientX - box.left) / box.width - begin) / (end - begin);
    return share >= 0 && share <= 1 ? share * Number(chart.dataset.seconds) : -1;
  }
  document.addEventListener("click", function (event) {
    var place = event.target.closest("[data-at]");
    if (place) {
      event.preventDefault();
      seek(Number(place.getAttribute("data-at")));
    } else if (event.target.closest("#chart svg")) {
      var time = time_in_chart(event);
      if (time >= 0) seek(time);
    }
  });
  chart.classList.add("seeks");
})();
)";

std::string policy_source(std::string_view text) {
  core::Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return fmt::format("'sha256-{}'", core::base64(hash.digest()));
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : opus::to_utf8(text)) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  return out;
}

std::string mos_text(double mos) {
  return fmt::format("{:.2f}", std::floor(mos * 100 + 1e-6) / 100);
}

std::string data_uri(std::string_view media_type, std::span<const std::byte> bytes) {
  return fmt::format("data:{};base64,{}", media_type, core::base64(bytes));
}

std::string page_head(std::string_view title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; media-src data:; style-src {}; "
      "script-src {}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"chasqui {}\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      policy_source(style), policy_source(script), version(), escaped(title), style);
}

std::string page_foot() {
  return fmt::format("</main>\n<script>{}</script>\n</body>\n</html>\n", script);
}

}  // namespace chasqui::compress
