#pragma once

#include "server/connections.hpp"
#include "server/router.hpp"
#include "server/settings.hpp"

#include <memory>

namespace chasqui::server {

/// What every session needs; outlives them all.
struct Site {
  const Settings& settings;
  const Services& services;
  const Router& router;
  Access& access;
  const bool& leaving;   ///< connections end with their next answer
  const bool& draining;  ///< no further request is taken
};

/// Requests of one client, one after the other, until either side ends it. Throws nothing.
Task<void> serve(std::shared_ptr<Connection> connection, const Site& site);

}  // namespace chasqui::server
