#include "server/tus.hpp"

#include "core/base64.hpp"
#include "core/random.hpp"
#include "core/utf8.hpp"
#include "server/text.hpp"

#include <charconv>
#include <span>

namespace chasqui::server::tus {
namespace {

constexpr std::size_t most_concat_parts = 256;

std::unexpected<Error> wrong(const char* why) {
  return std::unexpected(Error{Errc::usage, why});
}

}  // namespace

Result<std::map<std::string, std::string, std::less<>>> parse_metadata(std::string_view header) {
  std::map<std::string, std::string, std::less<>> metadata;
  while (!trimmed(header).empty()) {
    const auto comma = header.find(',');
    const auto pair = trimmed(header.substr(0, comma));
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    const auto blank = pair.find(' ');
    const std::string name(pair.substr(0, blank));
    auto value = blank == std::string_view::npos ? std::optional<std::string>("")
                                                 : base64_decoded(trimmed(pair.substr(blank + 1)));
    if (name.empty() || !value || !core::is_utf8(name) || !core::is_utf8(*value))
      return wrong("Upload-Metadata: should be names and base 64 of UTF-8");
    if (!metadata.emplace(name, *std::move(value)).second) return wrong("Upload-Metadata: a name is given twice");
  }
  return metadata;
}

std::string metadata_text(const std::map<std::string, std::string>& metadata) {
  std::string text;
  for (const auto& [name, value] : metadata) {
    if (!text.empty()) text += ',';
    text += name;
    if (!value.empty()) text.append(1, ' ').append(core::base64(std::as_bytes(std::span(value))));
  }
  return text;
}

Result<Concat> parse_concat(std::string_view header) {
  if (header == "partial") return Concat{true, {}};
  if (!header.starts_with("final;")) return wrong("Upload-Concat: should be partial, or final;PATH PATH");
  Concat concat;
  header.remove_prefix(6);
  while (!trimmed(header).empty()) {
    header = trimmed(header);
    const auto blank = header.find(' ');
    const auto address = header.substr(0, blank);
    header = blank == std::string_view::npos ? std::string_view{} : header.substr(blank + 1);
    std::string id(address.substr(address.find_last_of('/') + 1));
    if (!core::is_id(id) || !address.substr(0, address.size() - id.size()).ends_with("/v1/uploads/"))
      return wrong("Upload-Concat: a part is not an upload of this server");
    concat.parts.push_back(std::move(id));
    if (concat.parts.size() > most_concat_parts) return wrong("Upload-Concat: at most 256 parts");
  }
  if (concat.parts.empty()) return wrong("Upload-Concat: no parts are named");
  return concat;
}

std::optional<std::uint64_t> parse_number(std::optional<std::string_view> header) {
  if (!header || header->empty() || header->find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), value);
  if (error != std::errc{} || end != header->data() + header->size()) return std::nullopt;
  return value;
}

}  // namespace chasqui::server::tus
