#include "app/housekeeping.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>

namespace chasqui::app {

HousekeepingSettings housekeeping_settings(const core::Config& config) {
  const auto hours = [&](std::string_view key) {
    return core::Millis(static_cast<std::int64_t>(config.number(key) * 3'600'000));
  };
  HousekeepingSettings settings;
  settings.keep_inputs = hours("data.keep_inputs_hours");
  settings.spare_blobs = hours("data.spare_hours");
  settings.keep_failed = hours("data.keep_failed_hours");
  return settings;
}

void keep_house(const HousekeepingSettings& settings, jobs::Repository& repository, store::BlobStore& blobs,
                store::UploadStore& uploads, core::Time now, core::Log& log) {
  for (const auto& id : repository.with_input_before(now - settings.keep_inputs)) {
    static_cast<void>(repository.apply(id, [](jobs::Job job) -> Result<jobs::Job> {
      job.input.clear();
      return job;
    }));
  }
  for (const auto& id : repository.failed_before(now - settings.keep_failed)) repository.remove(id);
  repository.forget_keys(now - settings.keep_idempotency);
  const auto expired = uploads.sweep(now);
  const auto removed =
      blobs.sweep([&](const store::BlobId& id) { return repository.uses_blob(id); }, now - settings.spare_blobs);
  if (expired + removed > 0) log.info(fmt::format("swept {} expired uploads, {} unused files", expired, removed));
}

void recover(jobs::Repository& repository, jobs::Backoff backoff, core::Time now, core::Log& log) {
  for (const auto& id : repository.lapsed(core::Time::max())) {
    const auto job =
        repository.apply(id, [&](jobs::Job current) { return jobs::lapse(std::move(current), true, backoff, now); });
    if (job)
      log.warning(fmt::format("was at work when the process ended; it is {} now", jobs::name(job->state)), job->tags());
  }
}

Housekeeping::Housekeeping(HousekeepingSettings settings, jobs::Repository& repository, store::BlobStore& blobs,
                           store::UploadStore& uploads, core::Clock clock, core::Log& log)
    : thread_([=, &repository, &blobs, &uploads, &log](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any never;
        while (!stop.stop_requested()) {
          try {
            keep_house(settings, repository, blobs, uploads, clock(), log);
          } catch (const std::exception& failure) {
            log.error(fmt::format("housekeeping: {}", failure.what()));
          }
          std::unique_lock lock(mutex);
          never.wait_for(lock, stop, settings.every, [] { return false; });
        }
      }) {}

}  // namespace chasqui::app
