#include "compress/report_sounds.hpp"

#include "compress/excerpts.hpp"
#include "compress/html_page.hpp"
#include "core/readable.hpp"
#include "quality/time_axis.hpp"

#include <fmt/format.h>

#include <fstream>
#include <vector>

namespace chasqui::compress {
namespace {

constexpr std::uint64_t most_embedded_bytes = 4'000'000;

std::string player(std::string_view name, std::string_view id, const std::string& uri) {
  return fmt::format(
      "<figure><figcaption>{0}</figcaption><audio{1} controls preload=\"metadata\" aria-label=\"{0}\" "
      "src=\"{2}\"></audio></figure>\n",
      name, id, uri);
}

std::vector<std::byte> bytes_of(const std::filesystem::path& path, std::uint64_t size) {
  std::vector<std::byte> bytes(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
    throw Failure(Errc::input_unreadable, path.string() + ": cannot read it again for its report");
  return bytes;
}

struct Playing {
  const char* media_type;  // null: few browsers play it
  const char* note;
};

Playing playing(Format format) {
  switch (format) {
    case Format::opus:
      return {"audio/ogg", "Safari plays it from 18.4 on."};
    case Format::webm:
      return {"audio/webm", "Safari plays it from 17.4 on."};
    case Format::mp3:
      return {"audio/mpeg", ""};
    case Format::caf:
      break;
  }
  return {nullptr, "There is no player here, for browsers other than Safari cannot play CAF."};
}

std::string whole(const ReportFacts& facts, const std::filesystem::path& output_file) {
  const auto [media_type, note] = playing(facts.options.format);
  std::string section = "<h2>After: the whole recording</h2>\n";
  if (can_seek(facts))
    section += player("After, from beginning to end", " id=\"after\"",
                      data_uri(media_type, bytes_of(output_file, facts.output.bytes)));
  else if (media_type != nullptr)
    return section + fmt::format("<p>There is no player here: a page carries at most {}, and the file has {}.</p>\n",
                                 core::size_text(most_embedded_bytes), core::size_text(facts.output.bytes));
  return section + (*note == '\0' ? "" : fmt::format("<p>{}</p>\n", note));
}

std::string excerpts(const ReportFacts& facts, const std::filesystem::path& output_file) {
  const bool judged = quality::summarise_mos(facts.windows).count > 0;
  const auto chosen = choose_excerpts(facts.windows, facts.episode.length());
  std::vector<std::vector<std::byte>> heard;
  const opus::ListenerDecoder listener{.enhancement =
                                           facts.enhanced() ? opus::Enhancement::nolace : opus::Enhancement::none};
  if (facts.options.format == Format::opus) heard = heard_wavs(output_file, chosen, listener, facts.options.stop);
  std::string section = fmt::format("<h2>Before and after</h2>\n<p>{} Before: what the encoder got{}.</p>\n",
                                    judged ? "Around the windows with the least MOS, worst first." : "Samples.",
                                    heard.empty()      ? ". Excerpts of what came out are made of Ogg Opus only"
                                    : facts.enhanced() ? "; after: what is heard of the file through NoLACE"
                                                       : "; after: what is heard of the file");
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto& [begin, end, window] = chosen[i];
    const std::string span = fmt::format("{} to {}", quality::clock_text(in_seconds(begin), facts.length_s()),
                                         quality::clock_text(in_seconds(end), facts.length_s()));
    std::string why;
    if (window && window->mos)
      why = fmt::format(": MOS {} in the 4 s from {} on", mos_text(*window->mos),
                        quality::clock_text(window->begin_s, facts.length_s()));
    section += fmt::format("<h3>{}{}</h3>\n<div class=\"pair\">\n", seek_link(facts, in_seconds(begin), span), why);
    section +=
        player(fmt::format("Before, {}", span), "", data_uri("audio/wav", conditioned_wav(facts.episode, chosen[i])));
    if (!heard.empty()) section += player(fmt::format("After, {}", span), "", data_uri("audio/wav", heard[i]));
    section += "</div>\n";
  }
  return section;
}

}  // namespace

bool can_seek(const ReportFacts& facts) {
  return playing(facts.options.format).media_type != nullptr && facts.output.bytes <= most_embedded_bytes;
}

std::string seek_link(const ReportFacts& facts, double begin_s, const std::string& text) {
  return can_seek(facts) ? fmt::format("<a href=\"#after\" data-at=\"{:.2f}\">{}</a>", begin_s, text) : text;
}

std::string report_sounds(const ReportFacts& facts, const std::filesystem::path& output_file) {
  return whole(facts, output_file) + excerpts(facts, output_file);
}

}  // namespace chasqui::compress
