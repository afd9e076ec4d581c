#pragma once

#include "server/router.hpp"
#include "server/settings.hpp"

#include <memory>
#include <vector>

namespace chasqui::server {

/// What handlers work with; outlives them.
struct Tools {
  const Settings& settings;
  const Services& services;
  Access& access;
  Blocking& blocking;
  const bool& leaving;   ///< about to stop: not ready any more
  const bool& draining;  ///< no further request is taken
};

/// All of them, in the order of docs/openapi.yaml.
Router make_routes(const Tools& tools);

using Routes = std::vector<Route>;
class AudioLibrary;
class PieceLibrary;
void add_episode_routes(Routes& routes, const Tools& tools);
void add_events_route(Routes& routes, const Tools& tools);
void add_audio_routes(Routes& routes, const Tools& tools, const std::shared_ptr<AudioLibrary>& library);
void add_piece_routes(Routes& routes, const Tools& tools, const std::shared_ptr<PieceLibrary>& library);
void add_upload_routes(Routes& routes, const Tools& tools);
void add_dead_letter_routes(Routes& routes, const Tools& tools);
void add_operation_routes(Routes& routes, const Tools& tools);
void add_page_routes(Routes& routes, const Tools& tools, const std::shared_ptr<PieceLibrary>& pieces);

}  // namespace chasqui::server
