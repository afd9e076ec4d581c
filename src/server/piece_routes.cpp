#include "server/episode_json.hpp"
#include "server/episodes.hpp"
#include "server/file_response.hpp"
#include "server/json_text.hpp"
#include "server/piece_library.hpp"
#include "server/problem.hpp"
#include "server/routes.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

namespace chasqui::server {
namespace {

namespace json = boost::json;

Task<Response> list_pieces(Exchange& exchange, const Tools& tools, std::shared_ptr<PieceLibrary> library) {
  tools.access.may_read(exchange.principal);
  const auto& id = exchange.parameter("id");
  const auto list = co_await library->list(id);
  if (!list.pieces) co_return not_yet(list.job, tools);
  json::array rows;
  for (const auto& piece : *list.pieces) {
    const auto number = rows.size() + 1;
    rows.push_back({{"number", number},
                    {"title", piece.title},
                    {"start", rounded(piece.start_seconds)},
                    {"seconds", rounded(piece.seconds)},
                    {"bytes", piece.bytes},
                    {"audio", fmt::format("/v1/episodes/{}/pieces/{}.opus", id, number)}});
  }
  co_return json_response(200, json_text(json::object{{"pieces", std::move(rows)}}));
}

Task<Response> get_piece(Exchange& exchange, const Tools& tools, std::shared_ptr<PieceLibrary> library) {
  tools.access.may_read(exchange.principal);
  const bool attachment = wants_download(exchange.request);
  const auto found = co_await library->find(exchange.parameter("id"), exchange.parameter("number"));
  if (!found.recording) co_return not_yet(found.job, tools);
  co_return file_response(exchange.request, *found.recording, attachment, tools.settings.public_read);
}

}  // namespace

void add_piece_routes(Routes& routes, const Tools& tools, const std::shared_ptr<PieceLibrary>& library) {
  routes.push_back({"GET", "/v1/episodes/{id}/pieces",
                    [tools, library](Exchange& exchange) { return list_pieces(exchange, tools, library); }});
  routes.push_back({"GET", "/v1/episodes/{id}/pieces/{number}.opus",
                    [tools, library](Exchange& exchange) { return get_piece(exchange, tools, library); },
                    problem_to_browsers});
}

}  // namespace chasqui::server
