#include "store/s3_client.hpp"

#include "core/base64.hpp"
#include "core/sha256.hpp"
#include "store/blob_reader.hpp"
#include "store/s3_documents.hpp"
#include "store/s3_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace chasqui::store {
namespace {

constexpr std::size_t s3_block_bytes = 256 * 1024;
constexpr std::uint64_t most_pieces = 10'000;
constexpr std::string_view nothing_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Checksum {
  std::string hex, base64;
};

Checksum checksum(core::Sha256& sha) {
  const auto digest = sha.digest();
  Checksum sum{"", core::base64(digest)};
  for (const auto byte : digest) sum.hex += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return sum;
}

Checksum checksum_of(const FileSlice& slice) {
  core::Sha256 sha;
  std::vector<std::byte> block(s3_block_bytes);
  for (std::uint64_t at = 0; at < slice.length;) {
    const auto wanted = std::min<std::uint64_t>(block.size(), slice.length - at);
    const auto got = read_at(slice.file, slice.offset + at, std::span(block).first(wanted));
    if (got == 0) throw Failure(Errc::input_unreadable, "a file became shorter while it was stored");
    sha.update(std::span(block).first(got));
    at += got;
  }
  return checksum(sha);
}

Checksum checksum_of(std::string_view text) {
  core::Sha256 sha;
  sha.update(std::as_bytes(std::span(text)));
  return checksum(sha);
}

S3Request request(std::string method, std::string key, S3Query query = {}) {
  S3Request asked;
  asked.method = std::move(method);
  asked.key = std::move(key);
  asked.query = std::move(query);
  asked.sha256 = nothing_sha256;
  return asked;
}

std::string header(const S3Answer& answer, const std::string& name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

/// Errors of HEAD have no body and look as if the object were missing.
bool key_missing(const S3Answer& answer) {
  return answer.status == 404 && (answer.body.empty() || parse_error(answer.body).code == "NoSuchKey");
}

}  // namespace

S3Client::S3Client(const S3Settings& settings) : settings_(settings), address_(settings), http_(settings, address_) {}

S3Answer S3Client::good(const S3Request& asked) {
  auto answer = http_.ask(asked);
  if (answer.status < 200 || answer.status > 299) throw Failure(refusal(settings_, asked.method, asked.key, answer));
  return answer;
}

void S3Client::put(const std::string& key, int file, std::uint64_t bytes) {
  if (bytes > settings_.part_bytes) return put_in_pieces(key, file, bytes);
  auto asked = request("PUT", key);
  const FileSlice whole{file, 0, bytes};
  const auto sum = checksum_of(whole);
  asked.sha256 = sum.hex;
  asked.headers = {{"Content-Type", "application/octet-stream"}, {"x-amz-checksum-sha256", sum.base64}};
  asked.body = whole;
  good(asked);
}

void S3Client::put(const std::string& key, std::string_view text) {
  auto asked = request("PUT", key);
  const auto sum = checksum_of(text);
  asked.sha256 = sum.hex;
  asked.headers = {{"Content-Type", "application/octet-stream"}, {"x-amz-checksum-sha256", sum.base64}};
  asked.body = std::string(text);
  good(asked);
}

void S3Client::put_in_pieces(const std::string& key, int file, std::uint64_t bytes) {
  auto begin = request("POST", key, {{"uploads", ""}});
  begin.headers = {{"Content-Type", "application/octet-stream"}, {"x-amz-checksum-algorithm", "SHA256"}};
  const S3Upload upload{key, parse_upload_id(good(begin).body), {}};
  try {
    auto end = request("POST", key, {{"uploadId", upload.id}});
    const auto pieces = upload_pieces(upload, file, bytes);
    end.sha256 = checksum_of(pieces).hex;
    end.headers = {{"Content-Type", "application/xml"}};
    end.body = pieces;
    const auto answer = http_.ask(end);
    // A first try whose answer was lost has ended the upload: then the object is there.
    const auto stored = answer.status == 404 ? head(key) : std::nullopt;
    if (stored && stored->bytes == bytes) return;
    if (answer.status < 200 || answer.status > 299) throw Failure(refusal(settings_, "POST", key, answer));
    check_completed(answer.body);
  } catch (...) {
    try {
      give_up(upload);
    } catch (const Failure&) {  // the sweep finds it
    }
    throw;
  }
}

std::string S3Client::upload_pieces(const S3Upload& upload, int file, std::uint64_t bytes) {
  const auto piece_bytes = std::max(settings_.part_bytes, (bytes + most_pieces - 1) / most_pieces);
  std::vector<S3Piece> pieces;
  for (std::uint64_t at = 0; at < bytes; at += piece_bytes) {
    const FileSlice slice{file, at, std::min(piece_bytes, bytes - at)};
    const auto sum = checksum_of(slice);
    const auto number = static_cast<int>(pieces.size()) + 1;
    auto asked = request("PUT", upload.key, {{"partNumber", std::to_string(number)}, {"uploadId", upload.id}});
    asked.sha256 = sum.hex;
    asked.headers = {{"Content-Type", "application/octet-stream"}, {"x-amz-checksum-sha256", sum.base64}};
    asked.body = slice;
    pieces.push_back({number, header(good(asked), "etag"), sum.base64});
  }
  return completion(pieces);
}

std::optional<S3Object> S3Client::head(const std::string& key) {
  const auto asked = request("HEAD", key);
  const auto answer = http_.ask(asked);
  if (key_missing(answer)) return std::nullopt;
  if (answer.status != 200) throw Failure(refusal(settings_, asked.method, key, answer));
  const auto length = header(answer, "content-length");
  std::uint64_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  return S3Object{key, bytes, parse_http_time(header(answer, "last-modified"))};
}

bool S3Client::get(const std::string& key, const std::function<void(std::span<const std::byte>)>& sink,
                   std::optional<S3Range> range) {
  auto asked = request("GET", key);
  asked.sink = sink;
  asked.range = range;
  const auto answer = http_.ask(asked);
  if (key_missing(answer)) return false;
  if (answer.status != 200 && answer.status != 206) throw Failure(refusal(settings_, asked.method, key, answer));
  return true;
}

void S3Client::copy(const std::string& from, const std::string& to) {
  auto asked = request("PUT", to);
  asked.headers = {{"x-amz-copy-source", fmt::format("/{}/{}", settings_.bucket, s3_encoded(from, true))}};
  good(asked);
}

void S3Client::remove(const std::string& key) {
  const auto asked = request("DELETE", key);
  const auto answer = http_.ask(asked);
  if (!key_missing(answer) && (answer.status < 200 || answer.status > 299))
    throw Failure(refusal(settings_, asked.method, key, answer));
}

void S3Client::list(const std::string& prefix, const std::function<void(const S3Object&)>& each) {
  S3Query query{{"list-type", "2"}, {"prefix", prefix}};
  for (;;) {
    const auto page = parse_list(good(request("GET", "", query)).body);
    for (const auto& object : page.objects) each(object);
    if (page.next.empty()) return;
    query["continuation-token"] = page.next;
  }
}

std::vector<S3Upload> S3Client::unfinished(const std::string& prefix) {
  std::vector<S3Upload> uploads;
  S3Query query{{"uploads", ""}, {"prefix", prefix}};
  for (;;) {
    const auto answer = http_.ask(request("GET", "", query));
    if (answer.status == 501) return uploads;
    if (answer.status != 200) throw Failure(refusal(settings_, "GET", "", answer));
    auto page = parse_uploads(answer.body);
    std::ranges::move(page.uploads, std::back_inserter(uploads));
    if (page.next_key.empty()) return uploads;
    query["key-marker"] = page.next_key;
    query["upload-id-marker"] = page.next_id;
  }
}

void S3Client::give_up(const S3Upload& upload) {
  const auto asked = request("DELETE", upload.key, {{"uploadId", upload.id}});
  const auto answer = http_.ask(asked);
  if (answer.status != 404 && (answer.status < 200 || answer.status > 299))
    throw Failure(refusal(settings_, asked.method, upload.key, answer));
}

}  // namespace chasqui::store
