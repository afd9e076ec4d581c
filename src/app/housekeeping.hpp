#pragma once

#include "core/clock.hpp"
#include "core/config.hpp"
#include "core/log.hpp"
#include "jobs/repository.hpp"
#include "jobs/transitions.hpp"
#include "store/blob_store.hpp"
#include "store/upload_store.hpp"

#include <chrono>
#include <thread>

namespace chasqui::app {

struct HousekeepingSettings {
  core::Millis keep_inputs{};
  core::Millis keep_failed{};
  core::Millis keep_idempotency{std::chrono::hours(24 * 7)};
  core::Millis spare_blobs{std::chrono::hours(1)};  ///< a blob that nobody refers to yet may be about to be
  std::chrono::seconds every{600};
};
HousekeepingSettings housekeeping_settings(const core::Config& config);

/// One round: lets go of recordings and failures whose time has passed, of expired uploads, and of blobs that nobody
/// refers to.
void keep_house(const HousekeepingSettings& settings, jobs::Repository& repository, store::BlobStore& blobs,
                store::UploadStore& uploads, core::Time now, core::Log& log);

/// Jobs that a process left running when it died wait again.
void recover(jobs::Repository& repository, jobs::Backoff backoff, core::Time now, core::Log& log);

/// A thread that keeps house, now and then.
class Housekeeping {
 public:
  Housekeeping(HousekeepingSettings settings, jobs::Repository& repository, store::BlobStore& blobs,
               store::UploadStore& uploads, core::Clock clock, core::Log& log);

 private:
  std::jthread thread_;
};

}  // namespace chasqui::app
