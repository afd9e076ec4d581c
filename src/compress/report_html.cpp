#include "compress/report_html.hpp"

#include "compress/html_page.hpp"
#include "compress/library_versions.hpp"
#include "compress/report_chart.hpp"
#include "compress/report_sounds.hpp"
#include "core/readable.hpp"
#include "quality/time_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace chasqui::compress {
namespace {

constexpr std::size_t longest_title = 200;
constexpr double edge_bits_per_s = 40e3;  // 2G as it is met in the field
constexpr double umts_bits_per_s = 1e6;

/// "2:03.12": hundredths are exact, for segments begin on multiples of 120 ms.
std::string exact_clock(double time_s) {
  const auto hundredths = std::llround(time_s * 100);
  const std::string hours = hundredths >= 360'000 ? fmt::format("{}:", hundredths / 360'000) : "";
  return fmt::format("{}{:0{}}:{:02}.{:02}", hours, hundredths / 6'000 % 60, hours.empty() ? 1 : 2,
                     hundredths / 100 % 60, hundredths % 100);
}

std::string measured(double value, std::string_view unit) {
  return std::isfinite(value) ? fmt::format("{:.1f} {}", value, unit) : "not measured";
}

/// Of the recording, else its file's name.
std::string title(const ReportFacts& facts) {
  const auto& tags = facts.episode.media().tags;
  const auto tag = std::ranges::find(tags, "TITLE", &audio::Tag::key);
  std::string text = tag != tags.end() && !tag->value.empty() ? tag->value : facts.input.name;
  if (text.size() <= longest_title) return text;
  std::size_t end = longest_title;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string summary(const ReportFacts& facts) {
  const auto in = static_cast<double>(facts.input.bytes);
  const auto out = static_cast<double>(facts.output.bytes);
  const bool smaller = out <= in;
  const double times = smaller ? in / out : out / in;
  const auto download = [out](double bits_per_s) { return core::duration_text(std::max(1.0, out * 8 / bits_per_s)); };
  const std::string sizes = fmt::format("{} → {} ({:.1f} kb/s, {:.1f} ", core::size_text(facts.input.bytes),
                                        core::size_text(facts.output.bytes), out * 8e-3 / facts.length_s(), times);
  const std::string length = core::duration_text(facts.length_s());
  return fmt::format(
      "<p class=\"summary\">{0} of sound: {1}times {2}). Download: {3} on 2G (40 kb/s), {4} on 3G (1 Mb/s).</p>\n"
      "<p class=\"summary\" lang=\"es\">{0} de sonido: {1}veces más {5}). Descarga: {3} en 2G (40 kb/s), {4} en 3G "
      "(1 Mb/s).</p>\n",
      length, sizes, smaller ? "smaller" : "larger", download(edge_bits_per_s), download(umts_bits_per_s),
      smaller ? "pequeño" : "grande");
}

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string fact_table(const Facts& facts) {
  std::string table = "<table class=\"facts\">\n";
  for (const auto& [name, value] : facts)
    table += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(name), escaped(value));
  return table + "</table>\n";
}

std::string asked_for(const CompressOptions& options) {
  if (options.quality <= 0) return fmt::format("{:g} kb/s", options.bitrate_kbps);
  const std::string quality = fmt::format("a MOS of {:.2f} in every 4 s of speech", options.quality);
  if (options.budget_bytes > 0)
    return fmt::format("at most {}, which allows {}", core::size_text(options.budget_bytes), quality);
  const char* named = options.quality == quality_essential ? "essential: "
                      : options.quality == quality_clear   ? "clear: "
                      : options.quality == quality_rich    ? "rich: "
                                                           : "";
  return named + quality;
}

std::string reached(const ReportFacts& facts) {
  const double target = facts.options.quality;
  if (target <= 0) return "not judged: a bitrate was asked for";
  const auto mos = quality::summarise_mos(facts.windows);
  if (mos.count == 0) return "nothing to judge: no 4 s hold enough speech";
  const auto good = static_cast<std::size_t>(std::ranges::count_if(
      facts.windows, [target](const quality::WindowScore& window) { return window.mos && *window.mos >= target; }));
  return fmt::format("{} of 4 s with enough speech to judge, heard in the finished stream{}; the worst has {} at {}",
                     good == mos.count ? fmt::format("yes: all {} windows", good)
                                       : fmt::format("no: {} of {} windows", good, mos.count),
                     facts.enhanced() ? " through NoLACE" : "", mos_text(mos.worst),
                     quality::clock_text(mos.worst_begin_s, facts.length_s()));
}

std::string result(const ReportFacts& facts) {
  return fact_table(
      {{"Asked for", asked_for(facts.options)},
       {"Reached", reached(facts)},
       {"Model", facts.model == nullptr ? "none" : fmt::format("{} ({})", facts.model->name, facts.model->id)},
       {"Format", name(facts.options.format)}});
}

std::string chart(const ReportFacts& facts) {
  const auto drawn = draw_report_chart(facts.episode, facts.outcomes, facts.windows, facts.options.quality);
  return fmt::format(
      "<h2>Over time</h2>\n<div id=\"chart\" class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Chart over "
      "time; its numbers stand in the table of segments\" data-seconds=\"{:.3f}\" data-begin=\"{:.5f}\" "
      "data-end=\"{:.5f}\">\n{}</div>\n",
      facts.length_s(), drawn.begin, drawn.end, drawn.svg);
}

std::string segment_row(const ReportFacts& facts, std::size_t index) {
  const auto& segment = facts.episode.segments()[index];
  const SegmentOutcome& outcome = facts.outcomes[index];
  const auto& judged = outcome.judged;
  const double begin_s = in_seconds(segment.begin);
  const double end_s = in_seconds(segment.end);
  return fmt::format(
      "<tr{}><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.2f}</td><td>{}</td><td>{}</td>"
      "<td>{}</td></tr>\n",
      can_seek(facts) ? fmt::format(" data-at=\"{:.2f}\"", begin_s) : "",
      seek_link(facts, begin_s, exact_clock(begin_s)), exact_clock(end_s), audio::name(segment.kind),
      opus::name(outcome.settings.bandwidth), opus::name(outcome.settings.mode),
      static_cast<double>(outcome.bytes) * 8e-3 / (end_s - begin_s),
      judged && judged->worst_mos > 0 ? mos_text(judged->worst_mos) : "–",
      !judged           ? "–"
      : judged->reached ? "yes"
                        : "no",
      judged ? fmt::format("{}", judged->probes) : "–");
}

std::string segments(const ReportFacts& facts) {
  if (facts.outcomes.empty())
    return "<h2>Segments</h2>\n<p>None: the file has one constant bitrate from beginning to end.</p>\n";
  std::string section = fmt::format(
      "<h2>Segments</h2>\n<details>\n<summary>{} segments, cut at pauses</summary>\n<div class=\"wide\" "
      "role=\"region\" "
      "tabindex=\"0\" aria-label=\"Table of segments\">\n<table class=\"rows\" id=\"segments\">\n{}<thead><tr>",
      facts.outcomes.size(),
      facts.options.quality > 0 ? "<caption>Worst MOS: of the segment's own windows. Reached: by those and the ones "
                                  "over its joins.</caption>\n"
                                : "");
  for (const char* heading :
       {"Begin", "End", "Class", "Bandwidth", "Mode", "kb/s spent", "Worst MOS", "Reached", "Probes"})
    section += fmt::format("<th scope=\"col\">{}</th>", heading);
  section += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < facts.outcomes.size(); ++i) section += segment_row(facts, i);
  return section + "</tbody>\n</table>\n</div>\n</details>\n";
}

std::string against_input(const InputScores* scores) {
  if (scores == nullptr) return "not judged";
  const auto conditioned = quality::summarise_mos(scores->conditioned);
  const auto output = quality::summarise_mos(scores->output);
  if (conditioned.count == 0) return "nothing to judge: no 4 s hold enough speech";
  return fmt::format(
      "MOS {} and ESTOI {:.2f} after conditioning, {} and {:.2f} in the file: means of {} windows of 4 s",
      mos_text(conditioned.mean), quality::summarise_estoi(scores->conditioned).mean, mos_text(output.mean),
      quality::summarise_estoi(scores->output).mean, conditioned.count);
}

std::string conditioning(const ReportFacts& facts) {
  const auto& report = facts.episode.report();
  const Facts rows{
      {"Conditioning", facts.options.condition ? "on" : "off: mixed down and resampled only"},
      {"Noise suppression",
       fmt::format("{}; paid on {:.0f} % of the time", name(facts.options.denoise), report.denoised_share * 100)},
      {"Noise floor", measured(report.noise_floor_dbfs, "dBFS")},
      {"Loudness found", measured(report.input_lufs, "LUFS")},
      {"Gain", measured(report.gain_db, "dB")},
      {"Loudness after", measured(report.output_lufs, "LUFS")},
      {"True peak after", measured(report.output_dbtp, "dBTP")},
      {"Dead air taken out", facts.options.trim_pauses ? measured(report.trimmed_seconds, "s") : "not asked for"},
      {"Stereo that would have cancelled", measured(report.decode.inverted_seconds, "s")},
      {"Against the recording as it came in", against_input(facts.against_input)},
      {"Damage", fmt::format("{} packets skipped, {} samples silenced{}", report.decode.damaged_packets,
                             report.decode.bad_samples, report.decode.truncated ? ", ends in the middle" : "")}};
  return "<h2>What was done to the sound</h2>\n" + fact_table(rows);
}

std::string files(const ReportFacts& facts) {
  const auto& media = facts.episode.media();
  Facts rows{
      {"Input", facts.input.name},
      {"Input holds", fmt::format("{} bytes: {}, {}, {} Hz, {} channel{}, {}", facts.input.bytes, media.container,
                                  media.codec, media.sample_rate_hz, media.channels, media.channels == 1 ? "" : "s",
                                  core::duration_text(facts.episode.report().input_seconds))},
      {"Input's SHA-256", facts.input.sha256},
      {"Output", facts.output.name},
      {"Output holds", fmt::format("{} bytes: {}, {} samples at 48 kHz", facts.output.bytes, name(facts.options.format),
                                   facts.episode.length())},
      {"Output's SHA-256", facts.output.sha256}};
  std::string section = "<h2>Files</h2>\n" + fact_table(rows);
  rows = {{"chasqui", version()}};
  for (const auto& library : library_versions()) rows.push_back(library);
  return section + "<h2>Versions</h2>\n" + fact_table(rows);
}

}  // namespace

std::string report_html(const ReportFacts& facts, const std::filesystem::path& output_file) {
  const std::string heading = title(facts);
  return page_head(heading) + fmt::format("<h1 dir=\"auto\">{}</h1>\n", escaped(heading)) + summary(facts) +
         result(facts) + chart(facts) + report_sounds(facts, output_file) + segments(facts) + conditioning(facts) +
         files(facts) + page_foot();
}

}  // namespace chasqui::compress
