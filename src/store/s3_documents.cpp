#include "store/s3_documents.hpp"

#include <fmt/format.h>

#include <chasqui/error.hpp>
#include <ctime>
#include <pugixml.hpp>
#include <sstream>

namespace chasqui::store {
namespace {

/// The root, which must have the name.
pugi::xml_node root(pugi::xml_document& document, std::string_view body, const char* name) {
  const auto loaded = document.load_buffer(body.data(), body.size());
  const auto node = document.child(name);
  if (!loaded || !node)
    throw Failure(Errc::internal,
                  fmt::format("S3: the server should answer with {}; is s3.endpoint an S3 server?", name));
  return node;
}

bool truncated(const pugi::xml_node& page) {
  return std::string_view(page.child_value("IsTruncated")) == "true";
}

core::Time parsed(const std::string& text, const char* format) {
  std::tm parts{};
  if (::strptime(text.c_str(), format, &parts) == nullptr) return {};
  return core::from_millis(static_cast<std::int64_t>(::timegm(&parts)) * 1000);
}

}  // namespace

core::Time parse_time(const std::string& text) {
  return parsed(text, "%Y-%m-%dT%H:%M:%S");
}

core::Time parse_http_time(const std::string& text) {
  return parsed(text, "%a, %d %b %Y %H:%M:%S GMT");
}

S3ListPage parse_list(std::string_view body) {
  pugi::xml_document document;
  const auto page = root(document, body, "ListBucketResult");
  S3ListPage parsed_page;
  for (const auto entry : page.children("Contents"))
    parsed_page.objects.push_back({entry.child_value("Key"), entry.child("Size").text().as_ullong(),
                                   parse_time(entry.child_value("LastModified"))});
  if (truncated(page)) parsed_page.next = page.child_value("NextContinuationToken");
  return parsed_page;
}

S3UploadPage parse_uploads(std::string_view body) {
  pugi::xml_document document;
  const auto page = root(document, body, "ListMultipartUploadsResult");
  S3UploadPage parsed_page;
  for (const auto entry : page.children("Upload"))
    parsed_page.uploads.push_back(
        {entry.child_value("Key"), entry.child_value("UploadId"), parse_time(entry.child_value("Initiated"))});
  if (truncated(page)) {
    parsed_page.next_key = page.child_value("NextKeyMarker");
    parsed_page.next_id = page.child_value("NextUploadIdMarker");
  }
  return parsed_page;
}

std::string parse_upload_id(std::string_view body) {
  pugi::xml_document document;
  std::string id = root(document, body, "InitiateMultipartUploadResult").child_value("UploadId");
  if (id.empty()) throw Failure(Errc::internal, "S3: the server gives no id for an upload in pieces");
  return id;
}

void check_completed(std::string_view body) {
  pugi::xml_document document;
  static_cast<void>(root(document, body, "CompleteMultipartUploadResult"));
}

std::string completion(const std::vector<S3Piece>& pieces) {
  pugi::xml_document document;
  auto all = document.append_child("CompleteMultipartUpload");
  for (const auto& piece : pieces) {
    auto part = all.append_child("Part");
    part.append_child("ChecksumSHA256").text().set(piece.sha256.c_str());
    part.append_child("ETag").text().set(piece.etag.c_str());
    part.append_child("PartNumber").text().set(piece.number);
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw);
  return text.str();
}

}  // namespace chasqui::store
