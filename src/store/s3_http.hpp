#pragma once

#include "store/s3_address.hpp"
#include "store/s3_settings.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace chasqui::store {

/// A piece of an open file, as a body to be sent.
struct FileSlice {
  int file = -1;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct S3Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  ///< the last byte that belongs to it
};

struct S3Request {
  std::string method = "GET";
  std::string key;  ///< empty: the bucket
  S3Query query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string sha256;  ///< of the body, hexadecimal; it is signed, so that no other body is taken
  std::variant<std::string, FileSlice> body;
  std::optional<S3Range> range;
  /// Gets the bytes of a good answer to GET as they come, each once and in order, however often the connection breaks.
  std::function<void(std::span<const std::byte>)> sink;
};

struct S3Answer {
  long status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< of answers without a sink, and of errors
};

class S3Exchange;

/// Signed requests by libcurl. For any thread; connections are kept and used again.
class S3Http {
 public:
  S3Http(const S3Settings& settings, S3Address address);
  ~S3Http();
  S3Http(const S3Http&) = delete;
  S3Http& operator=(const S3Http&) = delete;

  /// What the server says at last. Broken connections, 5xx and 429 are tried again with growing pauses of random length
  /// until `retry_time` has passed without a byte of progress; once that was in vain, further calls try just once until
  /// the server is back. Throws Failure: busy (out of reach, overloaded), config (credentials, certificates), and what
  /// the sink throws.
  S3Answer ask(const S3Request& request);

 private:
  struct Handles;
  void perform(S3Exchange& exchange);

  S3Settings settings_;
  S3Address address_;
  std::unique_ptr<Handles> handles_;
  std::atomic<bool> away_{false};
};

}  // namespace chasqui::store
