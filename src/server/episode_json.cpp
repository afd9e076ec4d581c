#include "server/episode_json.hpp"

#include "core/utf8.hpp"
#include "jobs/encode_options.hpp"
#include "server/text.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <cmath>

namespace chasqui::server {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return json::string(core::as_utf8(text));
}

json::object options_json(const std::string& canonical) {
  const auto options = jobs::parse_canonical(canonical);
  const auto number_or_null = [](double value) { return value == 0 ? json::value(nullptr) : json::value(value); };
  return {{"format", options.format},
          {"bitrate", number_or_null(options.bitrate_kbps)},
          {"quality", number_or_null(options.quality)},
          {"budget", options.budget_bytes == 0 ? json::value(nullptr) : json::value(options.budget_bytes)},
          {"denoise", options.denoise},
          {"decoder", options.decoder},
          {"condition", options.condition},
          {"trim_pauses", options.trim_pauses}};
}

json::value output_json(const jobs::Job& job) {
  if (job.state != jobs::State::done) return nullptr;
  return json::object{
      {"bytes", job.output_bytes},
      {"sha256", job.output},
      {"seconds", rounded(job.seconds)},
      {"bitrate_kbps", rounded(job.seconds > 0 ? static_cast<double>(job.output_bytes) * 8e-3 / job.seconds : 0)},
      {"quality", job.quality == 0 ? json::value(nullptr) : json::value(rounded(job.quality))},
      {"seconds_at_2g", rounded(seconds_at_2g(job.output_bytes))}};
}

}  // namespace

double rounded(double value) noexcept {
  return std::round(value * 1000) / 1000;
}

std::string title_of(const jobs::Job& job) {
  if (!job.title.empty()) return core::as_utf8(job.title);
  return job.file_name.empty() ? "Sin título" : core::as_utf8(job.file_name);
}

double seconds_at_2g(std::uint64_t bytes) noexcept {
  constexpr double edge_bytes_per_second = 40e3 / 8;
  return static_cast<double>(bytes) / edge_bytes_per_second;
}

std::optional<double> seconds_left(const jobs::Job& job, core::Time now) {
  constexpr double enough_to_tell = 0.02;
  if (job.state != jobs::State::running || job.progress < enough_to_tell) return std::nullopt;
  const double passed = std::chrono::duration<double>(std::max(job.updated, now) - job.started).count();
  return std::max(0.0, passed * (1 - job.progress) / job.progress);
}

json::object episode_json(const jobs::Job& job, core::Time now) {
  const auto self = "/v1/episodes/" + job.id;
  const auto left = seconds_left(job, now);
  const auto format = jobs::parse_canonical(job.options).format;
  json::object links{{"self", self}, {"events", self + "/events"}};
  if (job.state == jobs::State::done) {
    links["audio"] = fmt::format("{}/audio.{}", self, format);
    links["report"] = self + "/report";
    if (format == "opus") links["pieces"] = self + "/pieces";
  }
  return {{"id", job.id},
          {"state", jobs::name(job.state)},
          {"title", text_or_null(job.title)},
          {"file_name", text_or_null(job.file_name)},
          {"source_url", text_or_null(job.source_url)},
          {"created", core::timestamp(job.created)},
          {"updated", core::timestamp(job.updated)},
          {"progress", rounded(job.progress)},
          {"seconds_left", left ? json::value(std::round(*left)) : json::value(nullptr)},
          {"attempts", job.attempts},
          {"options", options_json(job.options)},
          {"input", job.input.empty() ? json::value(nullptr)
                                      : json::value(json::object{{"bytes", job.input_bytes}, {"sha256", job.input}})},
          {"output", output_json(job)},
          {"error", job.error_code.empty() ? json::value(nullptr)
                                           : json::value(json::object{{"code", job.error_code},
                                                                      {"message", core::as_utf8(job.error_message)}})},
          {"links", std::move(links)}};
}

std::string download_name(const jobs::Job& job, std::string_view format) {
  std::string stem = core::as_utf8(job.title.empty() ? job.file_name.substr(0, job.file_name.rfind('.')) : job.title);
  for (char& c : stem) {
    if (c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = '_';
  }
  return fmt::format("{}.{}", stem.empty() || stem.front() == '.' ? job.id : stem, format);
}

}  // namespace chasqui::server
