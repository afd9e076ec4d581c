#include "app/service.hpp"

#include "app/blob_backend.hpp"
#include "app/housekeeping.hpp"
#include "app/model_store.hpp"
#include "app/service_settings.hpp"
#include "feed/fetcher.hpp"
#include "jobs/sqlite_database.hpp"
#include "jobs/sqlite_keys.hpp"
#include "jobs/sqlite_repository.hpp"
#include "server/server.hpp"
#include "store/data_folder.hpp"
#include "store/upload_store.hpp"

#include <fmt/format.h>

#include <chasqui/compress.hpp>
#include <sys/resource.h>

namespace chasqui::app {

namespace {

/// Each connection and each file that is being sent takes a descriptor; the soft limit is often 1024.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_service(Context& context) {
  allow_many_files();
  const auto& config = context.config;
  core::Log log(config.text("log.level"));
  core::Metrics metrics;
  const auto clock = core::system_clock();
  metrics.set("chasqui_info", {{"version", version()}, {"model", model_in_use(models_folder(config))}}, 1);

  // Storage.
  const store::DataFolder data(data_folder(config));
  jobs::SqliteDatabase database(data.database());
  jobs::SqliteRepository repository(database);
  jobs::SqliteKeys keys(database);
  const auto blob_store = open_blobs(config, data, context.stop);
  auto& blobs = *blob_store;
  store::UploadStore uploads(data.uploads());
  jobs::Bell bell;

  // This process owns the folder, so whoever was at work in it is dead.
  auto workers = worker_settings(config, data.work());
  recover(repository, workers.backoff, clock(), log);

  // Work.
  const auto settings = server_settings(config);
  feed::Fetcher fetcher(fetch_limits(config), blobs, [&](std::uint64_t bytes) {
    if (data.free_bytes() < settings.keep_free_bytes + bytes) throw Failure(Errc::disk_full, "the disk is nearly full");
  });
  const auto fetch = [&fetcher](const std::string& url, const std::stop_token& stop) {
    auto fetched = fetcher.fetch(url, stop);
    return worker::Fetched{std::move(fetched.blob), std::move(fetched.file_name)};
  };
  worker::Worker worker(std::move(workers), {repository, blobs, bell, metrics, log, clock, fetch});
  Housekeeping housekeeping(housekeeping_settings(config), repository, blobs, uploads, clock, log);

  // Service. It stops first: nothing is taken in, downloads end. Then, in the order opposite to the above, the
  // sweeping, the workers, who give their jobs back, and the storage.
  server::Server server(
      settings, {repository, keys, blobs, uploads, bell, metrics, log, clock, [&data] { return data.free_bytes(); }});
  log.info(fmt::format("listening on http://{}:{}/", config.text("server.address"), server.port()));
  if (config.text("access.submit") == "keyed" && keys.list().empty())
    log.warning("nobody can submit yet: make a key with `chasqui keys add`, or start with --open");
  server.run(context.stop);
  log.info("stopped listening; giving back what is under way");
  return 0;
}

}  // namespace chasqui::app
