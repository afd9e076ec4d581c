#include "app/worker_port.hpp"

#include "app/service_settings.hpp"

#include <fmt/format.h>

namespace chasqui::app {
namespace {

server::Settings port_settings(const core::Config& config) {
  auto settings = server_settings(config);
  settings.port = static_cast<std::uint16_t>(config.integer("worker.port"));
  settings.tls_certificate.clear();
  settings.tls_key.clear();
  settings.leave_time = settings.drain_time = std::chrono::seconds(0);
  settings.io_threads = 2;
  settings.operations_only = true;
  return settings;
}

}  // namespace

WorkerPort::WorkerPort(const Context& context, Engine& engine, Storage& storage, jobs::Bell& bell,
                       core::Metrics& metrics, core::Log& log)
    : uploads_(storage.uploads()) {
  const auto settings = port_settings(context.config);
  if (settings.port == 0) return;
  const auto check_ready = [&engine, &storage, stop = context.stop] {
    if (stop.stop_requested()) throw Failure(Errc::unavailable, "about to stop");
    storage.blobs().check();
    engine.check_ready();
  };
  server_.emplace(settings,
                  server::Services{engine.repository(), engine.keys(), storage.blobs(), uploads_, bell, metrics, log,
                                   engine.clock(), [&storage] { return storage.free_bytes(); }, engine.dead_letters(),
                                   check_ready, cutter_, [&engine, &metrics] { engine.measure(metrics); }});
  log.info(fmt::format("metrics and probes on http://{}:{}/", settings.address, server_->port()));
  thread_ = std::jthread([this](const std::stop_token& stop) { server_->run(stop); });
}

}  // namespace chasqui::app
