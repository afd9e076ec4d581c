#include "app/service.hpp"

#include "app/engine.hpp"
#include "app/housekeeping.hpp"
#include "app/model_store.hpp"
#include "app/opus_cutter.hpp"
#include "app/published_model.hpp"
#include "app/service_settings.hpp"
#include "app/storage.hpp"
#include "app/worker_port.hpp"
#include "feed/fetcher.hpp"
#include "server/names.hpp"
#include "server/server.hpp"
#include "store/upload_store.hpp"

#include <fmt/format.h>

#include <chasqui/compress.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <sys/resource.h>

namespace chasqui::app {

namespace {

constexpr std::size_t longest_name = 300;

/// Each connection and each file that is being sent takes a descriptor; the soft limit is often 1024.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

auto room_check(const Storage& storage, std::uint64_t keep_free) {
  return [&storage, keep_free](std::uint64_t bytes) {
    if (storage.free_bytes() < keep_free + bytes) throw Failure(Errc::disk_full, "the disk is nearly full");
  };
}

void show_model(core::Metrics& metrics, const std::string& name) {
  metrics.unset("chasqui_info");
  metrics.set("chasqui_info", {{"version", version()}, {"model", name}}, 1);
}

/// Null where the settings of the worker name the model.
std::unique_ptr<PublishedModel> published_model(const Context& context, const Storage& storage, core::Metrics& metrics,
                                                core::Log& log) {
  if (!takes_published_model(context.config)) return nullptr;
  auto settings = s3_settings(context.config, context.stop).s3;
  settings.retry_time = std::chrono::seconds(0);  // it is looked for again soon
  show_model(metrics, "");
  return std::make_unique<PublishedModel>(settings, context.config.text("compress.model"), storage.data().models(), log,
                                          [&metrics](const std::string& name) { show_model(metrics, name); });
}

worker::Parts worker_parts(Engine& engine, store::BlobStore& blobs, jobs::Bell& bell, core::Metrics& metrics,
                           core::Log& log, feed::Fetcher& fetcher, const worker::Settings& settings,
                           PublishedModel* model) {
  const auto fetch = [&fetcher](const std::string& url, const std::stop_token& stop) {
    auto fetched = fetcher.fetch(url, stop);
    return worker::Fetched{std::move(fetched.blob), server::as_name(fetched.file_name, longest_name)};
  };
  const auto declare = [&engine, name = settings.name, slots = settings.count](unsigned running) {
    engine.declare(name, slots, running);
  };
  worker::Parts parts{engine.repository(), engine.queue(), blobs, bell, metrics, log, engine.clock(), fetch, declare};
  if (model != nullptr) parts.model_folder = [model] { return model->folder(); };
  return parts;
}

/// A storage that is out of reach is waited for: this process is not ready meanwhile.
void warn_without_storage(store::BlobStore& blobs, core::Log& log) {
  try {
    blobs.check();
  } catch (const Failure& failure) {
    log.warning(fmt::format("{}; trying again", failure.what()));
  }
}

void warn_without_keys(jobs::KeyRepository& keys, core::Log& log) {
  try {
    if (keys.list().empty())
      log.warning("nobody can submit yet: make a key with `chasqui keys add`, or start with --open");
  } catch (const Failure& failure) {
    log.warning(failure.what());
  }
}

}  // namespace

int run_service(Context& context) {
  allow_many_files();
  const auto& config = context.config;
  core::Log log(config.text("log.level"), log_format(config));
  core::Metrics metrics;
  show_model(metrics, chosen_model(config).filename());

  // Storage.
  Storage storage(config, context.stop);
  auto& blobs = storage.blobs();
  warn_without_storage(blobs, log);
  store::UploadStore uploads(storage.uploads());
  jobs::Bell bell;
  const auto engine = make_engine(config, storage.data().database(), bell, log);
  const auto clock = engine->clock();
  engine->begin();

  auto workers = worker_settings(config, storage.work());
  if (engine->alone()) recover(engine->repository(), workers.backoff, clock(), log);

  // Work.
  const auto settings = server_settings(config);
  feed::Fetcher fetcher(fetch_limits(config), blobs, room_check(storage, settings.keep_free_bytes));
  const auto model = workers.count > 0 ? published_model(context, storage, metrics, log) : nullptr;
  std::optional<worker::Worker> worker;
  if (workers.count > 0)
    worker.emplace(workers, worker_parts(*engine, blobs, bell, metrics, log, fetcher, workers, model.get()));
  Housekeeping housekeeping(housekeeping_settings(config), engine->repository(), blobs, uploads, clock, log);

  // Service. It stops first: nothing is taken in, downloads end. Then, in the order opposite to the above, the
  // sweeping, the workers, who give their jobs back, and the storage.
  const OpusCutter cutter;
  server::Server server(settings, {engine->repository(), engine->keys(), blobs, uploads, bell, metrics, log, clock,
                                   [&storage] { return storage.free_bytes(); }, engine->dead_letters(),
                                   [&engine, &blobs] {
                                     blobs.check();
                                     engine->check_ready();
                                   },
                                   cutter, [&engine, &metrics] { engine->measure(metrics); }});
  log.info(fmt::format("listening on {}://{}:{}/", settings.tls_certificate.empty() ? "http" : "https",
                       config.text("server.address"), server.port()));
  if (config.text("access.submit") == "keyed") warn_without_keys(engine->keys(), log);
  server.run(context.stop);
  log.info("stopped listening; giving back what is under way");
  return 0;
}

int run_worker(Context& context) {
  allow_many_files();
  const auto& config = context.config;
  core::Log log(config.text("log.level"), log_format(config));
  core::Metrics metrics;
  show_model(metrics, chosen_model(config).filename());
  Storage storage(config, context.stop);
  jobs::Bell bell;
  const auto engine = make_engine(config, {}, bell, log);
  engine->begin();
  auto settings = worker_settings(config, storage.work());
  settings.count = std::max(1U, settings.count);
  warn_without_storage(storage.blobs(), log);
  const auto name = settings.name;
  const auto keep_free = server_settings(config).keep_free_bytes;
  feed::Fetcher fetcher(fetch_limits(config), storage.blobs(), room_check(storage, keep_free));
  const WorkerPort port(context, *engine, storage, bell, metrics, log);
  const auto model = published_model(context, storage, metrics, log);
  const auto parts = worker_parts(*engine, storage.blobs(), bell, metrics, log, fetcher, settings, model.get());
  {
    worker::Worker worker(std::move(settings), parts);
    log.info(fmt::format("{}: taking up to {} episodes at once", name, config.integer("worker.count")));
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait(lock, context.stop, [] { return false; });
    log.info("taking no more; ending what is under way");
    worker.drain(core::Millis(config.integer("worker.drain_seconds") * 1000));
  }
  try {
    engine->declare(name, 0, 0);
  } catch (const Failure& failure) {
    log.debug(fmt::format("worker: {}", failure.what()));
  }
  return 0;
}

}  // namespace chasqui::app
