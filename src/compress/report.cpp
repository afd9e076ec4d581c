#include "compress/report.hpp"

#include "compress/library_versions.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>

namespace chasqui::compress {
namespace {

namespace json = boost::json;

constexpr int report_version = 1;

/// JSON has no infinity: the loudness of silence becomes null.
json::value finite_or_null(double value) {
  if (!std::isfinite(value)) return nullptr;
  return std::round(value * 1e4) / 1e4;
}

json::value positive_or_null(double value) {
  return value > 0 ? finite_or_null(value) : json::value();
}

json::object file(const FileFacts& facts) {
  return {{"name", facts.name}, {"bytes", facts.bytes}, {"sha256", facts.sha256}};
}

json::object input(const FileFacts& facts, const audio::ConditionedEpisode& episode) {
  const auto& media = episode.media();
  json::object object = file(facts);
  object["container"] = media.container;
  object["codec"] = media.codec;
  object["sample_rate_hz"] = media.sample_rate_hz;
  object["channels"] = media.channels;
  object["declared_seconds"] = finite_or_null(media.declared_seconds);
  for (const auto& [key, value] : decoding_json(episode.report())) object[key] = value;
  return object;
}

json::array segments(const audio::ConditionedEpisode& episode, std::span<const SegmentOutcome> outcomes) {
  json::array rows;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& segment = episode.segments()[i];
    const auto& [settings, bytes, judged] = outcomes[i];
    const double length = in_seconds(segment.end - segment.begin);
    rows.push_back(
        json::object{{"begin_s", finite_or_null(in_seconds(segment.begin))},
                     {"end_s", finite_or_null(in_seconds(segment.end))},
                     {"class", audio::name(segment.kind)},
                     {"denoised", segment.denoised},
                     {"bitrate_kbps", judged ? json::value() : finite_or_null(settings.bitrate_kbps)},
                     {"mode", opus::name(settings.mode)},
                     {"bandwidth", opus::name(settings.bandwidth)},
                     {"frame_ms", settings.frame_ms},
                     {"bytes", bytes},
                     {"spent_kbps", finite_or_null(static_cast<double>(bytes) * 8e-3 / length)},
                     {"worst_mos", judged && judged->worst_mos > 0 ? finite_or_null(judged->worst_mos) : json::value()},
                     {"reached", judged ? json::value(judged->reached) : json::value()},
                     {"probes", judged ? json::value(judged->probes) : json::value()},
                     {"guessed_kbps", judged ? positive_or_null(judged->guessed_kbps) : json::value()},
                     {"found_kbps", judged ? positive_or_null(judged->found_kbps) : json::value()}});
  }
  return rows;
}

/// Of the whole stream; null where it was not judged.
json::value judged_windows(std::span<const quality::WindowScore> windows, double target) {
  const auto mos = quality::summarise_mos(windows);
  const auto estoi = quality::summarise_estoi(windows);
  if (mos.count == 0) return nullptr;
  const auto at_target = std::ranges::count_if(
      windows, [target](const quality::WindowScore& window) { return window.mos && *window.mos >= target; });
  return json::object{
      {"scored", mos.count},
      {"at_target_share", finite_or_null(static_cast<double>(at_target) / static_cast<double>(mos.count))},
      {"mean_mos", finite_or_null(mos.mean)},
      {"worst_5_percent_mos", finite_or_null(mos.worst_5_percent)},
      {"worst_mos", finite_or_null(mos.worst)},
      {"worst_begin_s", finite_or_null(mos.worst_begin_s)},
      {"worst_end_s", finite_or_null(mos.worst_end_s)},
      {"mean_estoi", finite_or_null(estoi.mean)},
      {"worst_5_percent_estoi", finite_or_null(estoi.worst_5_percent)}};
}

json::value summary(std::span<const quality::WindowScore> windows) {
  const auto mos = quality::summarise_mos(windows);
  const auto estoi = quality::summarise_estoi(windows);
  if (mos.count == 0) return nullptr;
  return json::object{{"scored", mos.count},
                      {"mean_mos", finite_or_null(mos.mean)},
                      {"worst_5_percent_mos", finite_or_null(mos.worst_5_percent)},
                      {"mean_estoi", finite_or_null(estoi.mean)},
                      {"worst_5_percent_estoi", finite_or_null(estoi.worst_5_percent)}};
}

/// Null where nothing was scored.
json::value both_against_input(const InputScores& scores) {
  if (quality::summarise_mos(scores.conditioned).count == 0) return nullptr;
  return json::object{{"conditioned", summary(scores.conditioned)}, {"output", summary(scores.output)}};
}

}  // namespace

json::object conditioning_json(const audio::ConditionReport& report, const CompressOptions& options) {
  return {{"enabled", options.condition},
          {"denoise", name(options.denoise)},
          {"denoised_share", finite_or_null(report.denoised_share)},
          {"noise_floor_dbfs", finite_or_null(report.noise_floor_dbfs)},
          {"input_lufs", finite_or_null(report.input_lufs)},
          {"gain_db", finite_or_null(report.gain_db)},
          {"output_lufs", finite_or_null(report.output_lufs)},
          {"output_dbtp", finite_or_null(report.output_dbtp)},
          {"trim_pauses", options.trim_pauses},
          {"trimmed_seconds", finite_or_null(report.trimmed_seconds)},
          {"inverted_seconds", finite_or_null(report.decode.inverted_seconds)}};
}

json::object decoding_json(const audio::ConditionReport& report) {
  return {{"decoded_seconds", finite_or_null(report.input_seconds)},
          {"damaged_packets", report.decode.damaged_packets},
          {"bad_samples", report.decode.bad_samples},
          {"truncated", report.decode.truncated}};
}

std::string report_json(const ReportFacts& facts) {
  const auto& [input_facts, output_facts, options, model, episode, outcomes, windows, against_input] = facts;
  json::object output = file(output_facts);
  const double length = facts.length_s();
  output["format"] = name(options.format);
  output["seconds"] = finite_or_null(length);
  output["samples"] = episode.length();
  output["bitrate_kbps"] = finite_or_null(static_cast<double>(output_facts.bytes) * 8e-3 / length);
  output["windows"] = judged_windows(windows, options.quality);
  output["against_input"] = against_input != nullptr ? both_against_input(*against_input) : json::value();
  json::object versions{{"chasqui", version()}};
  for (const auto& [library, text_version] : library_versions()) versions[library] = text_version;
  const json::object report{
      {"report_version", report_version},
      {"input", input(input_facts, episode)},
      {"options",
       {{"quality", options.quality > 0 ? finite_or_null(options.quality) : json::value()},
        {"budget_bytes", options.budget_bytes > 0 ? json::value(options.budget_bytes) : json::value()},
        {"decoder", options.enhanced_decoder ? "enhanced" : "stock"},
        {"bitrate_kbps", options.quality > 0 ? json::value() : json::value(options.bitrate_kbps)},
        {"format", name(options.format)}}},
      {"conditioning", conditioning_json(episode.report(), options)},
      {"model", model == nullptr ? json::value() : json::value{{"name", model->name}, {"id", model->id}}},
      {"segments", segments(episode, outcomes)},
      {"output", std::move(output)},
      {"versions", std::move(versions)}};
  return json::serialize(report) + "\n";
}

}  // namespace chasqui::compress
