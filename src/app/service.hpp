#pragma once

#include "app/command.hpp"

namespace chasqui::app {

/// Everything in one process, until a stop request: the composition root of the service. Answers the exit code.
int run_service(Context& context);

}  // namespace chasqui::app
