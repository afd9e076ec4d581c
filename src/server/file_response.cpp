#include "server/file_response.hpp"

#include "server/problem.hpp"
#include "server/range.hpp"
#include "server/text.hpp"

#include <fmt/format.h>

namespace chasqui::server {
namespace {

/// Whether Range counts: of GET, without If-Range, or when that names this very file.
bool range_counts(const Request& request, const Recording& recording) {
  if (request.method != "GET") return false;  // RFC 9110 section 14.2
  const auto condition = request.header("if-range");
  if (!condition) return true;
  if (condition->starts_with('"') || condition->starts_with("W/")) return names_etag(*condition, recording.etag, false);
  return *condition == core::http_date(recording.made);
}

/// Whether the file is younger than the header's date. Nothing: there is no such header, or no date in it.
std::optional<bool> changed_since(const Request& request, std::string_view header, const Recording& recording) {
  const auto text = request.header(header);
  const auto date = text ? core::parse_http_date(*text) : std::nullopt;
  if (!date) return std::nullopt;
  return recording.made > *date;
}

/// 0: none of the conditions speaks against the file itself (RFC 9110 section 13.2.2).
unsigned failed_condition(const Request& request, const Recording& recording) {
  if (const auto match = request.header("if-match")) {
    if (!names_etag(*match, recording.etag, false)) return 412;
  } else if (changed_since(request, "if-unmodified-since", recording).value_or(false)) {
    return 412;
  }
  if (const auto none = request.header("if-none-match")) return names_etag(*none, recording.etag, true) ? 304 : 0;
  return changed_since(request, "if-modified-since", recording).value_or(true) ? 0 : 304;
}

void add_parts(FileBody& body, const std::vector<ByteRange>& ranges, std::uint64_t size, std::string_view boundary,
               std::string_view media_type) {
  for (const auto& range : ranges) {
    body.pieces.push_back({fmt::format("\r\n--{}\r\nContent-Type: {}\r\nContent-Range: bytes {}-{}/{}\r\n\r\n",
                                       boundary, media_type, range.begin, range.begin + range.length - 1, size),
                           range.begin, range.length});
  }
  body.after = fmt::format("\r\n--{}--\r\n", boundary);
}

}  // namespace

std::string disposition(bool attachment, const std::string& name) {
  std::string plain;
  for (const char c : name)
    plain += static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\' && c != '%' ? c : '_';
  return fmt::format("{}; filename=\"{}\"; filename*=UTF-8''{}", attachment ? "attachment" : "inline", plain,
                     percent_encoded(name));
}

bool wants_download(const Request& request) {
  bool attachment = false;
  for (const auto& [name, value] : request.query) {
    if (name != "download") throw Refusal(Trouble::bad_request, "the query knows download=1");
    attachment = value == "1";
  }
  return attachment;
}

Response file_response(const Request& request, const Recording& recording, bool attachment, bool for_all) {
  const auto size = recording.blob->facts.bytes;
  Response response;
  response.with("ETag", recording.etag)
      .with("Last-Modified", core::http_date(recording.made))
      .with("Accept-Ranges", "bytes")
      .with("Cache-Control", fmt::format("{}, max-age=31536000, immutable", for_all ? "public" : "private"))
      .with("Content-Disposition", disposition(attachment, recording.file_name));
  const auto failed = failed_condition(request, recording);
  if (failed == 412) return problem(Trouble::precondition, "the file is another one");
  if (failed == 304) {
    response.status = failed;
    return response;
  }
  FileBody body{recording.blob, {}, ""};
  const auto header = request.header("range");
  const auto asked = header && range_counts(request, recording) ? ranges_of(*header, size) : RangeAnswer{};
  if (asked.kind == RangeAnswer::Kind::unsatisfiable) {
    auto refused = problem(Trouble::range, fmt::format("the file has {} bytes", size));
    refused.with("Content-Range", fmt::format("bytes */{}", size));
    return refused;
  }
  if (asked.kind == RangeAnswer::Kind::whole) {
    response.with("Content-Type", recording.media_type);
    body.pieces.push_back({"", 0, size});
  } else if (asked.ranges.size() == 1) {
    const auto& range = asked.ranges.front();
    response.status = 206;
    response.with("Content-Type", recording.media_type)
        .with("Content-Range", fmt::format("bytes {}-{}/{}", range.begin, range.begin + range.length - 1, size));
    body.pieces.push_back({"", range.begin, range.length});
  } else {
    const auto boundary = "chasqui-" + recording.etag.substr(1, 24);
    response.status = 206;
    response.with("Content-Type", "multipart/byteranges; boundary=" + boundary);
    add_parts(body, asked.ranges, size, boundary, recording.media_type);
  }
  response.body = std::move(body);
  return response;
}

}  // namespace chasqui::server
