#include "app/command.hpp"
#include "app/progress_bar.hpp"
#include "core/pcm.hpp"
#include "opus/inspect.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <cmath>
#include <memory>

namespace chasqui::app {
namespace {

namespace json = boost::json;

struct InspectFlags {
  std::string file;
  double step_s = 10;
  bool json = false;
};

double rounded(double value) {
  return std::round(value * 1e5) / 1e5;
}

template <std::size_t n, typename Enum>
json::object shares(const std::array<double, n>& values, Enum) {
  json::object object;
  for (std::size_t i = 0; i < n; ++i) {
    if (values[i] > 0) object[opus::name(static_cast<Enum>(i))] = rounded(values[i]);
  }
  return object;
}

json::object to_json(const InspectFlags& flags, const opus::Inspection& found) {
  json::array rate;
  for (const auto& point : found.rate) {
    rate.push_back(json::object{{"begin_s", rounded(point.begin_seconds)},
                                {"seconds", rounded(point.seconds)},
                                {"kbps", rounded(point.kbps)},
                                {"mode", opus::name(point.mode)},
                                {"bandwidth", opus::name(point.bandwidth)}});
  }
  json::object frame_ms;
  for (const auto& [samples, share] : found.frame_share) frame_ms[fmt::format("{:g}", samples / 48.0)] = rounded(share);
  json::object frames_per_packet;
  for (const auto& [frames, packets] : found.frames_per_packet) frames_per_packet[std::to_string(frames)] = packets;
  json::array tags;
  for (const auto& tag : found.comments.lines) tags.push_back(json::string(tag));
  return {{"file", flags.file},
          {"seconds", rounded(found.seconds)},
          {"samples", found.samples},
          {"channels", found.head.channels},
          {"pre_skip", found.head.pre_skip},
          {"end_trim", found.container.end_trim},
          {"output_gain_db", found.head.output_gain_q8 / 256.0},
          {"bytes", found.container.bytes},
          {"kbps", rounded(found.average_kbps)},
          {"packets_kbps", rounded(found.packets_kbps)},
          {"packets", found.container.packets},
          {"pages", found.container.pages},
          {"container_bytes", found.container_bytes},
          {"container_share", rounded(found.container_share)},
          {"modes", shares(found.mode_share, opus::Mode{})},
          {"bandwidths", shares(found.bandwidth_share, opus::Bandwidth{})},
          {"frame_ms", std::move(frame_ms)},
          {"frames_per_packet", std::move(frames_per_packet)},
          {"dtx_share", rounded(found.dtx_share)},
          {"stereo_share", rounded(found.stereo_share)},
          {"smallest_packet_bytes", found.smallest_packet},
          {"largest_packet_bytes", found.largest_packet},
          {"invalid_packets", found.invalid_packets},
          {"lost_samples", found.lost_samples},
          {"skipped_bytes", found.container.skipped_bytes},
          {"holes", found.container.holes},
          {"truncated", found.container.truncated},
          {"vendor", found.comments.vendor},
          {"tags", std::move(tags)},
          {"rate", std::move(rate)}};
}

std::string shares_text(const json::object& shares) {
  std::string text;
  for (const auto& [name, share] : shares)
    text +=
        fmt::format("{}{} {:.1f} %", text.empty() ? "" : ", ", std::string_view(name), share.to_number<double>() * 100);
  return text;
}

/// A tag on one line, short: pictures and long descriptions would bury the rest.
std::string tag_text(const std::string& line) {
  constexpr std::size_t most = 100;
  std::string shown = line.substr(0, most);
  for (char& c : shown) c = static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return printable(shown) + (line.size() > most ? "..." : "");
}

std::string to_text(const InspectFlags& flags, const opus::Inspection& found) {
  const auto& container = found.container;
  std::string text = fmt::format("{}: {}, {}, {:.2f} kb/s\n", printable(flags.file), duration_text(found.seconds),
                                 size_text(static_cast<std::uint64_t>(container.bytes)), found.average_kbps);
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<11} {}\n", name, value);
  };
  add("container", fmt::format("{} bytes, {:.2f} % of the file, {} pages", found.container_bytes,
                               found.container_share * 100, container.pages));
  add("packets", fmt::format("{} of {} to {} bytes, {:.2f} kb/s", container.packets, found.smallest_packet,
                             found.largest_packet, found.packets_kbps));
  add("modes", shares_text(shares(found.mode_share, opus::Mode{})));
  add("bandwidths", shares_text(shares(found.bandwidth_share, opus::Bandwidth{})));
  std::string frames;
  for (const auto& [samples, share] : found.frame_share)
    frames += fmt::format("{}{:g} ms {:.1f} %", frames.empty() ? "" : ", ", samples / 48.0, share * 100);
  add("frames", frames);
  add("silence", fmt::format("{:.2f} % not transmitted (DTX)", found.dtx_share * 100));
  add("timing", fmt::format("{} samples heard, pre-skip {}, end trim {}", found.samples, found.head.pre_skip,
                            container.end_trim));
  if (container.truncated || container.holes > 0 || container.skipped_bytes > 0 || found.invalid_packets > 0 ||
      found.lost_samples > 0) {
    add("damage", fmt::format("{} holes, {} bytes skipped, {} invalid packets, {:.1f} s missing{}", container.holes,
                              container.skipped_bytes, found.invalid_packets,
                              static_cast<double>(found.lost_samples) / core::sample_rate_hz,
                              container.truncated ? ", ends in the middle" : ""));
  }
  for (const auto& tag : found.comments.lines) add("tag", tag_text(tag));
  double most = 1;
  for (const auto& point : found.rate) most = std::max(most, point.kbps);
  for (const auto& point : found.rate) {
    text +=
        fmt::format("  {:>7.1f} s {:6.2f} kb/s {:<14} {}\n", point.begin_seconds, point.kbps,
                    opus::name(point.bandwidth), std::string(static_cast<std::size_t>(point.kbps / most * 40), '#'));
  }
  return text;
}

int run_inspect(const InspectFlags& flags) {
  if (!(flags.step_s >= 0.12 && flags.step_s <= 3600))
    throw Failure(Errc::usage, fmt::format("--step is {} but must be from 0.12 to 3600 seconds", flags.step_s));
  const auto inspected = opus::inspect(value_or_throw(opus::OggOpusReader::open(flags.file)), flags.step_s);
  if (!inspected) throw Failure(inspected.error().code, fmt::format("{}: {}", flags.file, inspected.error().message));
  const auto& found = *inspected;
  if (flags.json)
    print_json(to_json(flags, found));
  else
    print_text(to_text(flags, found));
  return 0;
}

}  // namespace

Command add_inspect(CLI::App& root) {
  auto* app = root.add_subcommand("inspect", "look inside an Ogg Opus file: packets, modes, where the bytes go");
  auto flags = std::make_shared<InspectFlags>();
  app->add_option("FILE", flags->file, "Ogg Opus file")->required();
  app->add_option("--step", flags->step_s, "seconds per line of bit use over time (default 10)");
  app->add_flag("--json", flags->json, "machine-readable");
  return {app, [flags](const Context&) { return run_inspect(*flags); }};
}

}  // namespace chasqui::app
