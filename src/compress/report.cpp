#include "compress/report.hpp"

#include "compress/library_versions.hpp"
#include "core/pcm.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

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

double seconds(std::int64_t samples) {
  return static_cast<double>(samples) / core::sample_rate_hz;
}

json::object file(const FileFacts& facts) {
  return {{"name", facts.name}, {"bytes", facts.bytes}, {"sha256", facts.sha256}};
}

json::object input(const FileFacts& facts, const audio::ConditionedEpisode& episode) {
  const auto& media = episode.media();
  const auto& decode = episode.report().decode;
  json::object object = file(facts);
  object["container"] = media.container;
  object["codec"] = media.codec;
  object["sample_rate_hz"] = media.sample_rate_hz;
  object["channels"] = media.channels;
  object["declared_seconds"] = finite_or_null(media.declared_seconds);
  object["decoded_seconds"] = finite_or_null(episode.report().input_seconds);
  object["damaged_packets"] = decode.damaged_packets;
  object["bad_samples"] = decode.bad_samples;
  object["truncated"] = decode.truncated;
  return object;
}

json::object conditioning(const audio::ConditionReport& report, const CompressOptions& options) {
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

json::array segments(const audio::ConditionedEpisode& episode, std::span<const SegmentOutcome> outcomes) {
  json::array rows;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const auto& segment = episode.segments()[i];
    const auto& [settings, bytes, judged] = outcomes[i];
    const double length = seconds(segment.end - segment.begin);
    rows.push_back(
        json::object{{"begin_s", finite_or_null(seconds(segment.begin))},
                     {"end_s", finite_or_null(seconds(segment.end))},
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
                     {"probes", judged ? json::value(judged->probes) : json::value()}});
  }
  return rows;
}

}  // namespace

std::string report_json(const FileFacts& input_facts, const FileFacts& output_facts, const CompressOptions& options,
                        const audio::ConditionedEpisode& episode, std::span<const SegmentOutcome> outcomes) {
  json::object output = file(output_facts);
  const double length = seconds(episode.length());
  output["format"] = name(options.format);
  output["seconds"] = finite_or_null(length);
  output["samples"] = episode.length();
  output["bitrate_kbps"] = finite_or_null(static_cast<double>(output_facts.bytes) * 8e-3 / length);
  json::object versions{{"chasqui", version()}};
  for (const auto& [library, text_version] : library_versions()) versions[library] = text_version;
  const json::object report{{"report_version", report_version},
                            {"input", input(input_facts, episode)},
                            {"options",
                             {{"quality", options.quality > 0 ? json::value(options.quality) : json::value()},
                              {"bitrate_kbps", options.quality > 0 ? json::value() : json::value(options.bitrate_kbps)},
                              {"format", name(options.format)}}},
                            {"conditioning", conditioning(episode.report(), options)},
                            {"segments", segments(episode, outcomes)},
                            {"output", std::move(output)},
                            {"versions", std::move(versions)}};
  return json::serialize(report) + "\n";
}

}  // namespace chasqui::compress
