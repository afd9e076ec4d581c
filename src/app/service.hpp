#pragma once

#include "app/command.hpp"

namespace chasqui::app {

/// Everything in one process, until a stop request: the composition root of the service. Answers the exit code.
int run_service(Context& context);

/// A worker of a cluster, until a stop request; then what is under way gets `worker.drain_seconds` to end. Answers the
/// exit code.
int run_worker(Context& context);

}  // namespace chasqui::app
