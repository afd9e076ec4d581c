#include "jobs/encode_options.hpp"
#include "server/documents.hpp"
#include "server/episodes.hpp"
#include "server/names.hpp"
#include "server/openapi.hpp"
#include "server/page.hpp"
#include "server/piece_library.hpp"
#include "server/problem.hpp"
#include "server/routes.hpp"
#include "server/submission.hpp"

namespace chasqui::server {
namespace {

constexpr std::size_t listed = 12;

/// People get a page, not a problem document.
Response told_to_people(Trouble trouble, std::string_view detail, std::string_view /*code*/) {
  const auto& facts = row(trouble);
  return html_response(facts.status, problem_page(facts.status, facts.spanish, detail));
}

/// Where reading needs a key. A form has a field for it.
Response ask_people(Trouble trouble, std::string_view detail, std::string_view code) {
  return asking_for_password(told_to_people(trouble, detail, code));
}

Task<Response> get_front_page(Exchange& exchange, const Tools& tools) {
  tools.access.may_read(exchange.principal);
  FrontPage page;
  page.open_submit = tools.settings.open_submit;
  jobs::Filter filter;
  filter.state = jobs::State::done;
  filter.limit = listed + 1;
  if (const auto search = exchange.request.query.find("q"); search != exchange.request.query.end())
    filter.text = page.search = as_name(search->second, 200);
  if (const auto cursor = exchange.request.query.find("cursor"); cursor != exchange.request.query.end())
    filter.before = cursor_from(cursor->second);
  auto& repository = tools.services.repository;
  auto work = [&repository, filter] { return repository.list(filter); };
  page.episodes = co_await tools.blocking.run(std::move(work));
  if (page.episodes.size() > listed) {
    page.episodes.pop_back();
    page.more = true;
  }
  auto response = html_response(200, front_page(page));
  response.with("Cache-Control", "no-cache");
  co_return response;
}

Task<Response> get_episode_page(Exchange& exchange, const Tools& tools, std::shared_ptr<PieceLibrary> library) {
  tools.access.may_read(exchange.principal);
  const auto job = co_await find_episode(exchange.parameter("id"), tools);
  std::shared_ptr<const Pieces> pieces;
  if (job.state == jobs::State::done && jobs::parse_canonical(job.options).format == "opus")
    pieces = (co_await library->list(job.id)).pieces;
  auto response = html_response(200, episode_page(job, pieces ? *pieces : Pieces{}, tools.services.clock()));
  response.with("Cache-Control", "no-store");
  co_return response;
}

Task<Response> post_form(Exchange& exchange, const Tools& tools) {
  auto handed = co_await read_handed(exchange, tools, tools.settings.upload_bytes, true);
  tools.access.may_submit(exchange.principal);
  tools.access.count_submission(exchange.principal);
  const auto submitted = co_await submit(std::move(handed), exchange.principal, "", 0, tools);
  auto response = empty_response(303);
  response.with("Location", "/episodios/" + submitted.job.id);
  co_return response;
}

Task<Response> get_openapi() {
  Response response;
  response.body = std::string(openapi_json);
  response.with("Content-Type", "application/json").with("Cache-Control", "max-age=300");
  co_return response;
}

/// `page` is rendered once and lives in the route.
Task<Response> get_docs(const std::string& page) {
  auto response = html_response(200, page);
  response.with("Cache-Control", "max-age=300");
  co_return response;
}

}  // namespace

void add_page_routes(Routes& routes, const Tools& tools, const std::shared_ptr<PieceLibrary>& pieces) {
  routes.push_back({"GET", "/openapi.json", [](Exchange&) { return get_openapi(); }});
  routes.push_back({"GET", "/docs", [page = api_page(openapi_json)](Exchange&) { return get_docs(page); }});
  routes.push_back({"GET", "/", [tools](Exchange& exchange) { return get_front_page(exchange, tools); }, ask_people});
  routes.push_back({"GET", "/episodios/{id}",
                    [tools, pieces](Exchange& exchange) { return get_episode_page(exchange, tools, pieces); },
                    ask_people});
  routes.push_back(
      {"POST", "/episodios", [tools](Exchange& exchange) { return post_form(exchange, tools); }, told_to_people});
}

}  // namespace chasqui::server
