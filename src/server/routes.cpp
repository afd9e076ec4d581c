#include "server/routes.hpp"

namespace chasqui::server {

Router make_routes(const Tools& tools) {
  Routes routes;
  add_episode_routes(routes, tools);
  add_events_route(routes, tools);
  add_audio_routes(routes, tools);
  add_upload_routes(routes, tools);
  add_dead_letter_routes(routes, tools);
  add_operation_routes(routes, tools);
  add_page_routes(routes, tools);
  return Router(std::move(routes));
}

}  // namespace chasqui::server
