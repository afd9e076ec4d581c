#pragma once

#include "store/blob_store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

namespace chasqui::feed {

struct FetchLimits {
  std::uint64_t bytes = 2048ULL << 20;
  std::chrono::seconds whole{3600};  ///< for all of it
  std::chrono::seconds stall{60};    ///< below 100 bytes a second for so long is given up
  bool private_addresses = false;    ///< also hosts that are not public: one's own network
};

/// Gets recordings by http and https. Whatever a name, a redirect or a second look-up of a name leads to, a connection
/// is opened to a public address only: it is checked as the socket is made. No proxy, no cookies, no credentials. For
/// any thread.
class Fetcher {
 public:
  /// `check_room`: throws when there is no room for so many bytes more.
  Fetcher(FetchLimits limits, store::BlobStore& blobs, std::function<void(std::uint64_t)> check_room);

  struct Fetched {
    store::BlobFacts blob;
    std::string file_name;
  };
  /// Throws Failure: usage (address, size, forbidden host), input_missing (4xx), input_unsupported (not sound by its
  /// type), unavailable (network, 5xx), cancelled.
  Fetched fetch(const std::string& url, const std::stop_token& stop);

 private:
  FetchLimits limits_;
  store::BlobStore& blobs_;
  std::function<void(std::uint64_t)> check_room_;
};

}  // namespace chasqui::feed
