#pragma once

#include "app/command.hpp"
#include "app/engine.hpp"
#include "app/opus_cutter.hpp"
#include "app/storage.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"
#include "server/server.hpp"
#include "store/upload_store.hpp"

#include <optional>
#include <thread>

namespace chasqui::app {

/// /metrics, /healthz and /readyz of a worker on `worker.port`, by a thread of its own, for as long as this lives: also
/// while what is under way is ended. Not ready from the request to stop on, and until database, broker and storage were
/// reached. What is given must outlive it.
class WorkerPort {
 public:
  /// Throws Failure(unavailable) when the port cannot be had. Port 0: does nothing.
  WorkerPort(const Context& context, Engine& engine, Storage& storage, jobs::Bell& bell, core::Metrics& metrics,
             core::Log& log);

 private:
  OpusCutter cutter_;
  store::UploadStore uploads_;
  std::optional<server::Server> server_;
  std::jthread thread_;
};

}  // namespace chasqui::app
