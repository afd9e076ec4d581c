#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"
#include "jobs/bell.hpp"
#include "jobs/dead_letters.hpp"
#include "jobs/key.hpp"
#include "jobs/repository.hpp"
#include "server/cutter.hpp"
#include "store/blob_store.hpp"
#include "store/upload_store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace chasqui::server {

struct Settings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;             ///< 0: any
  std::vector<std::string> hosts;        ///< names by which it is reached; see hosts.hpp
  std::string tls_certificate, tls_key;  ///< PEM files; both empty: plain HTTP
  std::size_t connections = 2048;
  std::size_t connections_per_address = 256;
  std::chrono::seconds header_time{15};
  std::chrono::seconds idle_time{60};
  std::chrono::seconds stall_time{60};
  std::uint64_t body_bytes_per_second = 100;
  std::chrono::seconds leave_time{0};
  std::chrono::seconds drain_time{30};
  unsigned io_threads = 4;

  bool open_submit = false;
  bool public_read = true;
  std::uint64_t requests_per_minute = 6000;
  std::uint64_t submissions_per_hour = 1000;

  std::uint64_t upload_bytes = 2048ULL << 20;
  std::uint64_t small_bytes = 32ULL << 20;
  std::chrono::seconds small_time{60};
  std::int64_t queue = 1000;
  std::size_t uploads_at_once = 64;
  core::Millis keep_uploads{24 * 3600 * 1000};
  std::int64_t attempts = 3;

  std::uint64_t keep_free_bytes = 256ULL << 20;
  std::uint64_t quota_bytes = 0;  ///< 0: none
  bool fetches = false;           ///< whether there is somebody who fetches a source_url
  bool operations_only = false;   ///< nothing but metrics and probes is served
  std::string version;
};

/// What the routes work on; outlives the server. Everything in it is for any thread.
struct Services {
  jobs::Repository& repository;
  jobs::KeyRepository& keys;
  store::BlobStore& blobs;
  store::UploadStore& uploads;
  jobs::Bell& bell;
  core::Metrics& metrics;
  core::Log& log;
  core::Clock clock;
  std::function<std::uint64_t()> free_bytes;
  jobs::DeadLetters& dead_letters;
  std::function<void()> check_ready;  ///< throws Failure while nothing can be taken in
  const Cutter& cutter;
  std::function<void()> measure;  ///< brings metrics up to date before they are shown
};

}  // namespace chasqui::server
