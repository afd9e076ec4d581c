#include "server/routes.hpp"

#include "server/piece_library.hpp"

namespace chasqui::server {

Router make_routes(const Tools& tools) {
  Routes routes;
  if (tools.settings.operations_only) {
    add_operation_routes(routes, tools);
    return Router(std::move(routes));
  }
  const auto audio = std::make_shared<AudioLibrary>(tools);
  const auto pieces = std::make_shared<PieceLibrary>(tools, audio);
  add_episode_routes(routes, tools);
  add_events_route(routes, tools);
  add_audio_routes(routes, tools, audio);
  add_piece_routes(routes, tools, pieces);
  add_upload_routes(routes, tools);
  add_dead_letter_routes(routes, tools);
  add_operation_routes(routes, tools);
  add_page_routes(routes, tools, pieces);
  return Router(std::move(routes));
}

}  // namespace chasqui::server
