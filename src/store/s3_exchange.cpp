#include "store/s3_exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chasqui/error.hpp>
#include <new>
#include <string_view>
#include <unistd.h>

namespace chasqui::store {
namespace {

constexpr long slow_bytes_per_second = 1000;
constexpr std::size_t longest_text = 8 << 20;  // a page of a listing has a thousand keys

void add(CurlList& list, const std::string& line) {
  auto* longer = ::curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

std::size_t on_data(char* data, std::size_t, std::size_t length, void* user) {
  auto& exchange = *static_cast<S3Exchange*>(user);
  try {
    exchange.take(std::as_bytes(std::span(data, length)));
    return length;
  } catch (...) {
    exchange.trouble = std::current_exception();
    return 0;
  }
}

std::size_t on_header(char* data, std::size_t, std::size_t length, void* user) {
  const std::string_view line(data, length);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return length;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  auto value = line.substr(colon + 1);
  const auto begin = value.find_first_not_of(" \t\r\n");
  value = begin == std::string_view::npos ? "" : value.substr(begin, value.find_last_not_of(" \t\r\n") - begin + 1);
  static_cast<S3Exchange*>(user)->answer.headers[name] = std::string(value);
  return length;
}

std::size_t on_read(char* buffer, std::size_t, std::size_t room, void* user) {
  auto& exchange = *static_cast<S3Exchange*>(user);
  const auto& slice = std::get<FileSlice>(exchange.request.body);
  const auto wanted = std::min<std::uint64_t>(room, slice.length - exchange.sent);
  const ssize_t got = ::pread(slice.file, buffer, wanted, static_cast<off_t>(slice.offset + exchange.sent));
  if (got < 0 || (got == 0 && wanted > 0)) return CURL_READFUNC_ABORT;
  exchange.sent += static_cast<std::uint64_t>(got);
  return static_cast<std::size_t>(got);
}

int on_seek(void* user, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<S3Exchange*>(user)->sent = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

void set_body(CURL* easy, S3Exchange& exchange) {
  const auto& request = exchange.request;
  if (const auto* slice = std::get_if<FileSlice>(&request.body)) {
    ::curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    ::curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(slice->length));
    ::curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    ::curl_easy_setopt(easy, CURLOPT_READDATA, &exchange);
    ::curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    ::curl_easy_setopt(easy, CURLOPT_SEEKDATA, &exchange);
  } else if (request.method == "POST" || request.method == "PUT") {
    const auto& text = std::get<std::string>(request.body);
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, text.data());
  }
  if (request.method == "HEAD")
    ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  else
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void set_callbacks(CURL* easy, S3Exchange& exchange) {
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  ::curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange.reason.data());
}

void set_line(CURL* easy, const S3Settings& settings) {
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "chasqui");
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings.connect_time.count()));
  ::curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, slow_bytes_per_second);
  ::curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings.stall_time.count()));
  if (!settings.ca_file.empty()) ::curl_easy_setopt(easy, CURLOPT_CAINFO, settings.ca_file.c_str());
}

CurlList header_lines(const S3Request& request, const S3Credentials& credentials) {
  CurlList lines;
  add(lines, "x-amz-content-sha256: " + request.sha256);
  if (!credentials.session_token.empty()) add(lines, "x-amz-security-token: " + credentials.session_token);
  for (const auto& [name, value] : request.headers) add(lines, fmt::format("{}: {}", name, value));
  return lines;
}

}  // namespace

void S3Exchange::take(std::span<const std::byte> bytes) {
  long status = 0;
  ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (request.sink && (status == 200 || status == 206)) {
    if (answer.status == 0) skip = status == 200 ? first() : 0;
    answer.status = status;
    const auto skipped = std::min<std::uint64_t>(skip, bytes.size());
    skip -= skipped;
    bytes = bytes.subspan(skipped);
    if (bytes.empty()) return;
    request.sink(bytes);
    delivered += bytes.size();
    return;
  }
  if (answer.body.size() + bytes.size() > longest_text) throw Failure(Errc::internal, "S3: an answer is too long");
  answer.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void S3Exchange::prepare(CURL* handle, const S3Settings& settings, const S3Address& address,
                         const S3Credentials& credentials) {
  easy = handle;
  answer = {};
  sent = 0;
  reason[0] = '\0';
  set_line(easy, settings);
  set_callbacks(easy, *this);
  set_body(easy, *this);
  ::curl_easy_setopt(easy, CURLOPT_URL, address.url(request.key, request.query).c_str());
  ::curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:s3", settings.region).c_str());
  ::curl_easy_setopt(easy, CURLOPT_USERNAME, credentials.access_key.c_str());
  ::curl_easy_setopt(easy, CURLOPT_PASSWORD, credentials.secret_key.c_str());
  lines_ = header_lines(request, credentials);
  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines_.get());
  if (request.range || delivered > 0) {
    const auto last = request.range ? std::to_string(request.range->last) : "";
    ::curl_easy_setopt(easy, CURLOPT_RANGE, fmt::format("{}-{}", first(), last).c_str());
  }
}

}  // namespace chasqui::store
