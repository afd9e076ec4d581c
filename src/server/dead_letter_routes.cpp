#include "server/problem.hpp"
#include "server/routes.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>

namespace chasqui::server {
namespace {

namespace json = boost::json;

std::int64_t number_of(const Exchange& exchange) {
  const auto& text = exchange.parameter("id");
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size())
    throw Refusal(Trouble::not_found, "no such dead letter");
  return id;
}

Task<Response> list_letters(Exchange& exchange, const Tools& tools) {
  constexpr std::size_t most = 1000;
  tools.access.is_admin(exchange.principal);
  auto& letters = tools.services.dead_letters;
  auto work = [&letters] { return letters.list(most); };
  const auto found = co_await tools.blocking.run(std::move(work));
  json::array rows;
  for (const auto& letter : found)
    rows.push_back(json::object{{"id", letter.id},
                                {"received", core::timestamp(letter.received)},
                                {"queue", letter.queue},
                                {"reason", letter.reason},
                                {"message", letter.body}});
  co_return json_response(200, json::serialize(json::object{{"dead_letters", std::move(rows)}}));
}

Task<Response> replay_letter(Exchange& exchange, const Tools& tools) {
  tools.access.is_admin(exchange.principal);
  auto& letters = tools.services.dead_letters;
  auto work = [&letters, id = number_of(exchange)] { return letters.replay(id); };
  const auto replayed = co_await tools.blocking.run(std::move(work));
  if (!replayed) co_return problem(replayed.error());
  tools.services.bell.ring();
  co_return empty_response(204);
}

Task<Response> remove_letter(Exchange& exchange, const Tools& tools) {
  tools.access.is_admin(exchange.principal);
  auto& letters = tools.services.dead_letters;
  auto work = [&letters, id = number_of(exchange)] { return letters.remove(id); };
  const bool found = co_await tools.blocking.run(std::move(work));
  if (!found) throw Refusal(Trouble::not_found, "no such dead letter");
  co_return empty_response(204);
}

}  // namespace

void add_dead_letter_routes(Routes& routes, const Tools& tools) {
  routes.push_back(
      {"GET", "/v1/admin/dead-letters", [tools](Exchange& exchange) { return list_letters(exchange, tools); }});
  routes.push_back({"POST", "/v1/admin/dead-letters/{id}/replay",
                    [tools](Exchange& exchange) { return replay_letter(exchange, tools); }});
  routes.push_back({"DELETE", "/v1/admin/dead-letters/{id}",
                    [tools](Exchange& exchange) { return remove_letter(exchange, tools); }});
}

}  // namespace chasqui::server
