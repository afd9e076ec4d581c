#include "core/utf8.hpp"
#include "jobs/transitions.hpp"
#include "server/episode_json.hpp"
#include "server/episodes.hpp"
#include "server/json_text.hpp"
#include "server/problem.hpp"
#include "server/routes.hpp"
#include "server/submission.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <charconv>

namespace chasqui::server {
namespace {

namespace json = boost::json;
using jobs::Job;

constexpr std::size_t most_listed = 200;

Response episode_response(unsigned status, const Job& job, const Tools& tools) {
  auto response = json_response(status, json_text(episode_json(job, tools.services.clock())));
  response.with("Location", "/v1/episodes/" + job.id);
  return response;
}

std::string idempotency_key(const Request& request) {
  const auto key = request.header("idempotency-key").value_or("");
  if (key.size() > 200 || !core::is_utf8(key))
    throw Refusal(Trouble::bad_request, "Idempotency-Key: at most 200 bytes of UTF-8");
  return std::string(key);
}

Task<Response> post_episode(Exchange& exchange, const Tools& tools) {
  tools.access.may_submit(exchange.principal);
  tools.access.count_submission(exchange.principal);
  const auto key = idempotency_key(exchange.request);
  auto handed = co_await read_handed(exchange, tools, tools.settings.upload_bytes, false);
  const auto submitted = co_await submit(std::move(handed), exchange.principal, key, 0, tools);
  co_return episode_response(submitted.is_new ? 202 : 200, submitted.job, tools);
}

jobs::Filter filter_from(const Request& request, const Principal& principal) {
  jobs::Filter filter;
  bool mine = false;
  for (const auto& [name, value] : request.query) {
    if (name == "state") {
      filter.state = value_or_throw(jobs::state_named(value));
    } else if (name == "q") {
      filter.text = value;
    } else if (name == "cursor") {
      filter.before = cursor_from(value);
    } else if (name == "mine" && (value == "true" || value == "false")) {
      mine = value == "true";
    } else if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), filter.limit);
      if (error != std::errc{} || end != value.data() + value.size() || filter.limit == 0 || filter.limit > most_listed)
        throw Refusal(Trouble::bad_request, fmt::format("limit: should be a number from 1 to {}", most_listed));
    } else {
      throw Refusal(Trouble::bad_request, "the query knows state, q, cursor, limit, and mine=true|false");
    }
  }
  if (mine) {
    if (!principal.key) throw Refusal(Trouble::no_key, "mine=true needs a key");
    filter.owner = principal.owner();
  } else if (!principal.is_admin()) {
    // What is not finished is its owner's business.
    if (filter.state && *filter.state != jobs::State::done)
      throw Refusal(Trouble::forbidden, "unfinished episodes of others are listed for admin keys only; add mine=true");
    filter.state = jobs::State::done;
  }
  return filter;
}

Task<Response> list_episodes(Exchange& exchange, const Tools& tools) {
  tools.access.may_read(exchange.principal);
  auto filter = filter_from(exchange.request, exchange.principal);
  const auto limit = filter.limit++;
  auto& repository = tools.services.repository;
  auto work = [&repository, filter] { return repository.list(filter); };
  auto jobs = co_await tools.blocking.run(std::move(work));
  json::value next = nullptr;
  if (jobs.size() > limit) {
    jobs.pop_back();
    next = json::string(jobs.back().id);
  }
  json::array rows;
  const auto now = tools.services.clock();
  for (const auto& job : jobs) rows.push_back(episode_json(job, now));
  co_return json_response(200, json_text(json::object{{"episodes", std::move(rows)}, {"next", std::move(next)}}));
}

Task<Response> get_episode(Exchange& exchange, const Tools& tools) {
  tools.access.may_read(exchange.principal);
  const auto job = co_await find_episode(exchange.parameter("id"), tools);
  co_return json_response(200, json_text(episode_json(job, tools.services.clock())));
}

Task<Response> delete_episode(Exchange& exchange, const Tools& tools) {
  const auto job = co_await find_episode(exchange.parameter("id"), tools);
  tools.access.may_change(exchange.principal, job.owner);
  co_await remove_episode(job, tools);
  co_return empty_response(204);
}

Task<Response> change_episode(Exchange& exchange, const Tools& tools, Result<Job> (*change)(Job, core::Time)) {
  const auto job = co_await find_episode(exchange.parameter("id"), tools);
  tools.access.may_change(exchange.principal, job.owner);
  auto& repository = tools.services.repository;
  const auto now = tools.services.clock();
  const auto id = job.id;
  auto work = [&repository, id, now, change] {
    return repository.apply(id, [&](Job current) { return change(std::move(current), now); });
  };
  auto changed = co_await tools.blocking.run(std::move(work));
  tools.services.bell.ring();
  if (!changed) co_return problem(changed.error());
  auto tags = changed->tags();
  tags.request = exchange.request.id;
  tools.services.log.info(fmt::format("by request {} now", jobs::name(changed->state)), tags);
  co_return json_response(200, json_text(episode_json(*changed, now)));
}

Task<Response> get_report(Exchange& exchange, const Tools& tools) {
  tools.access.may_read(exchange.principal);
  const auto job = co_await find_episode(exchange.parameter("id"), tools);
  if (job.state != jobs::State::done)
    throw Refusal(Trouble::conflict,
                  fmt::format("the episode is {}; its report comes when it is done", jobs::name(job.state)));
  auto& blobs = tools.services.blobs;
  const auto id = job.report;
  auto work = [&blobs, id] { return blobs.open(id); };
  auto blob = co_await tools.blocking.run(std::move(work));
  if (!blob && (blob.error().code == Errc::not_found || blob.error().code == Errc::storage_corrupt))
    throw Refusal(Trouble::gone, blob.error().message);
  if (!blob) throw Refusal(Trouble::busy, "the report is out of reach at the moment");
  Response response;
  response.with("Content-Type", "application/json");
  response.body = FileBody{*blob, {{"", 0, (*blob)->facts.bytes}}, ""};
  co_return response;
}

}  // namespace

void add_episode_routes(Routes& routes, const Tools& tools) {
  routes.push_back({"POST", "/v1/episodes", [tools](Exchange& exchange) { return post_episode(exchange, tools); }});
  routes.push_back({"GET", "/v1/episodes", [tools](Exchange& exchange) { return list_episodes(exchange, tools); }});
  routes.push_back({"GET", "/v1/episodes/{id}", [tools](Exchange& exchange) { return get_episode(exchange, tools); }});
  routes.push_back(
      {"DELETE", "/v1/episodes/{id}", [tools](Exchange& exchange) { return delete_episode(exchange, tools); }});
  routes.push_back({"POST", "/v1/episodes/{id}/cancel",
                    [tools](Exchange& exchange) { return change_episode(exchange, tools, jobs::cancel); }});
  routes.push_back({"POST", "/v1/episodes/{id}/retry",
                    [tools](Exchange& exchange) { return change_episode(exchange, tools, jobs::retry); }});
  routes.push_back(
      {"GET", "/v1/episodes/{id}/report", [tools](Exchange& exchange) { return get_report(exchange, tools); }});
}

}  // namespace chasqui::server
