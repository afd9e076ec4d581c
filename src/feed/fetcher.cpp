#include "feed/fetcher.hpp"

#include "feed/public_address.hpp"
#include "feed/source_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <curl/curl.h>
#include <exception>
#include <memory>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

namespace chasqui::feed {
namespace {

constexpr long most_redirects = 5;
constexpr long connect_seconds = 15;
constexpr long slow_bytes_per_second = 100;

struct EasyDeleter {
  void operator()(CURL* easy) const noexcept { ::curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

struct MultiDeleter {
  void operator()(CURLM* multi) const noexcept { ::curl_multi_cleanup(multi); }
};
using Multi = std::unique_ptr<CURLM, MultiDeleter>;

/// What the callbacks see. An exception must not pass through libcurl and waits here.
struct Transfer {
  const FetchLimits& limits;
  const std::function<void(std::uint64_t)>& check_room;
  CURL* easy;
  std::unique_ptr<store::BlobWriter> writer;
  bool forbidden = false;
  std::exception_ptr trouble;

  void check_type() const {
    const char* type = nullptr;
    ::curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    std::string lower(type == nullptr ? "" : type);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const auto* wanted : {"audio/", "video/", "application/octet-stream", "application/ogg", "binary/"}) {
      if (lower.empty() || lower.starts_with(wanted)) return;
    }
    throw Failure(Errc::input_unsupported,
                  fmt::format("source_url: what is there is '{}' and not sound", lower.substr(0, 60)));
  }

  void take(std::span<const std::byte> bytes) {
    if (writer->size() == 0) check_type();
    if (writer->size() + bytes.size() > limits.bytes)
      throw Failure(Errc::usage, fmt::format("source_url: what is there has more than {} bytes", limits.bytes));
    check_room(bytes.size());
    writer->write(bytes);
  }
};

std::size_t on_data(char* data, std::size_t, std::size_t length, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  try {
    transfer.take(std::as_bytes(std::span(data, length)));
    return length;
  } catch (...) {
    transfer.trouble = std::current_exception();
    return 0;
  }
}

curl_socket_t on_socket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.limits.private_addresses && !is_public(address->addr)) {
    transfer.forbidden = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void set_up(CURL* easy, const std::string& url, Transfer& transfer) {
  ::curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  ::curl_easy_setopt(easy, CURLOPT_MAXREDIRS, most_redirects);
  ::curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);  // nor by a redirect
  ::curl_easy_setopt(easy, CURLOPT_PROXY, "");
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
  ::curl_easy_setopt(easy, CURLOPT_USERAGENT, "chasqui");
  ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, connect_seconds);
  ::curl_easy_setopt(easy, CURLOPT_TIMEOUT, static_cast<long>(transfer.limits.whole.count()));
  ::curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, slow_bytes_per_second);
  ::curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, static_cast<long>(transfer.limits.stall.count()));
  ::curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(transfer.limits.bytes));
  ::curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
  ::curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &transfer);
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
}

/// As curl_easy_perform, but a stop request ends it at once, whatever is waited for, with CURLE_ABORTED_BY_CALLBACK.
CURLcode perform(CURL* easy, const std::stop_token& stop) {
  constexpr int longest_wait_ms = 1000;
  const Multi multi(::curl_multi_init());
  if (!multi || ::curl_multi_add_handle(multi.get(), easy) != CURLM_OK) return CURLE_FAILED_INIT;
  auto code = CURLE_ABORTED_BY_CALLBACK;
  const std::stop_callback wake(stop, [&multi] { ::curl_multi_wakeup(multi.get()); });
  for (int running = 1; running > 0 && !stop.stop_requested();) {
    if (::curl_multi_perform(multi.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    if (const auto* message = ::curl_multi_info_read(multi.get(), &left)) code = message->data.result;
    if (running > 0) ::curl_multi_poll(multi.get(), nullptr, 0, longest_wait_ms, nullptr);
  }
  ::curl_multi_remove_handle(multi.get(), easy);
  return code;
}

Failure failure(CURL* easy, CURLcode code, const Transfer& transfer, const FetchLimits& limits) {
  if (transfer.forbidden) return {Errc::usage, "source_url: leads to a host that is not public"};
  long status = 0;
  ::curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return {Errc::cancelled, "source_url: stopped on request"};
    case CURLE_HTTP_RETURNED_ERROR:
      return {status < 500 ? Errc::input_missing : Errc::unavailable,
              fmt::format("source_url: the other side says {}", status)};
    case CURLE_FILESIZE_EXCEEDED:
      return {Errc::usage, fmt::format("source_url: what is there has more than {} bytes", limits.bytes)};
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_LOGIN_DENIED:
      return {Errc::usage, fmt::format("source_url: {}", ::curl_easy_strerror(code))};
    default:
      return {Errc::unavailable, fmt::format("source_url: {}", ::curl_easy_strerror(code))};
  }
}

}  // namespace

Fetcher::Fetcher(FetchLimits limits, store::BlobStore& blobs, std::function<void(std::uint64_t)> check_room)
    : limits_(limits), blobs_(blobs), check_room_(std::move(check_room)) {}

Fetcher::Fetched Fetcher::fetch(const std::string& url, const std::stop_token& stop) {
  value_or_throw(check_source_url(url));
  const Easy easy(::curl_easy_init());
  if (!easy) throw Failure(Errc::internal, "libcurl does not start");
  Transfer transfer{limits_, check_room_, easy.get(), blobs_.create(), false, nullptr};
  set_up(easy.get(), url, transfer);
  const auto code = perform(easy.get(), stop);
  if (transfer.trouble) std::rethrow_exception(transfer.trouble);
  if (code != CURLE_OK) throw failure(easy.get(), code, transfer, limits_);
  if (transfer.writer->size() == 0) throw Failure(Errc::input_empty, "source_url: what is there is empty");
  const char* last = nullptr;
  ::curl_easy_getinfo(easy.get(), CURLINFO_EFFECTIVE_URL, &last);
  return {transfer.writer->commit(), file_name_of(last == nullptr ? url : last)};
}

}  // namespace chasqui::feed
