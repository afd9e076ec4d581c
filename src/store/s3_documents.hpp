#pragma once

#include "store/s3_client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace chasqui::store {

/// XML that S3 answers with. Each throws Failure(internal) for what is not the document that it should be.
struct S3ListPage {
  std::vector<S3Object> objects;
  std::string next;  ///< continuation token; empty: the last page
};
S3ListPage parse_list(std::string_view body);

struct S3UploadPage {
  std::vector<S3Upload> uploads;
  std::string next_key, next_id;  ///< empty: the last page
};
S3UploadPage parse_uploads(std::string_view body);

std::string parse_upload_id(std::string_view body);
/// Whether CompleteMultipartUpload says that it was done.
void check_completed(std::string_view body);

struct S3Piece {
  int number = 0;
  std::string etag;
  std::string sha256;  ///< base64
};
std::string completion(const std::vector<S3Piece>& pieces);

/// "2026-03-01T12:00:00.000Z"; the epoch for what is no time.
core::Time parse_time(const std::string& text);
/// "Sun, 01 Mar 2026 12:00:00 GMT".
core::Time parse_http_time(const std::string& text);

}  // namespace chasqui::store
