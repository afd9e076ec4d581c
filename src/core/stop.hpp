#pragma once

#include <chasqui/error.hpp>
#include <stop_token>

namespace chasqui::core {

/// Throws Failure(cancelled) once a stop is requested.
inline void throw_if_stopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Failure(Errc::cancelled, "stopped on request");
}

}  // namespace chasqui::core
