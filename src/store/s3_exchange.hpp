#pragma once

#include "store/s3_credentials.hpp"
#include "store/s3_http.hpp"

#include <array>
#include <curl/curl.h>
#include <exception>
#include <memory>

namespace chasqui::store {

struct CurlListDeleter {
  void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListDeleter>;

/// One request on the wire. An exception must not pass through libcurl and waits in `trouble`.
class S3Exchange {
 public:
  const S3Request& request;
  std::uint64_t delivered = 0;  // to the sink, by all attempts
  std::uint64_t skip = 0;       // of this answer: what the sink has, from a server that does not know ranges
  std::uint64_t sent = 0;       // of a slice
  CURL* easy = nullptr;
  CURLcode code = CURLE_OK;
  std::array<char, CURL_ERROR_SIZE> reason{};
  S3Answer answer;
  std::exception_ptr trouble;

  [[nodiscard]] std::uint64_t first() const { return (request.range ? request.range->first : 0) + delivered; }

  explicit S3Exchange(const S3Request& asked) : request(asked) {}
  /// Makes it ready for an attempt with `handle`, which refers to it from then on.
  void prepare(CURL* handle, const S3Settings& settings, const S3Address& address, const S3Credentials& credentials);
  void take(std::span<const std::byte> bytes);

 private:
  CurlList lines_;
};

}  // namespace chasqui::store
