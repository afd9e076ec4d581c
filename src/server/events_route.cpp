#include "server/episode_json.hpp"
#include "server/episodes.hpp"
#include "server/json_text.hpp"
#include "server/problem.hpp"
#include "server/routes.hpp"

#include <fmt/format.h>

#include <memory>

namespace chasqui::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_watchers = 512;
constexpr auto look = 300ms;
constexpr auto silence = 15s;  // after which a comment shows that the line still stands

/// Grows with every change of state.
std::string event_id(const jobs::Job& job) {
  return std::to_string(job.token);
}

/// Server-sent events (WHATWG HTML section 9.2): `episode` with the same JSON as GET, whenever something has changed,
/// and as the last word when it has ended.
Task<void> send_events(Transport& transport, std::string id, Tools tools) {
  std::string last;
  auto spoken = std::chrono::steady_clock::now();
  while (!tools.draining) {
    const auto job = co_await find_job(id, tools);
    if (!job) co_return;
    auto seen = fmt::format("{} {} {:.3f}", job->token, jobs::name(job->state), job->progress);
    const auto now = std::chrono::steady_clock::now();
    std::string text;
    if (seen != last)
      text = fmt::format("event: episode\ndata: {}\nid: {}\n\n", json_text(episode_json(*job, tools.services.clock())),
                         event_id(*job));
    else if (now - spoken > silence)
      text = ": still here\n\n";
    last = std::move(seen);
    if (!text.empty()) {
      spoken = now;
      const bool written = co_await transport.write(text);
      if (!written) co_return;
    }
    if (job->ended()) co_return;
    co_await pause(look);
  }
}

Task<void> stream(Transport& transport, std::string id, Tools tools, std::shared_ptr<std::size_t> watchers) {
  const Counted counted(*watchers);
  try {
    co_await send_events(transport, std::move(id), tools);
  } catch (const std::exception& fault) {
    tools.services.log.warning(fmt::format("events: {}", fault.what()));
  }
}

Task<Response> get_events(Exchange& exchange, const Tools& tools, std::shared_ptr<std::size_t> watchers) {
  tools.access.may_read(exchange.principal);
  const auto job = co_await find_episode(exchange.parameter("id"), tools);
  // A browser asks again whenever a stream ends, until it is told that there is nothing more to come.
  if (job.ended() && exchange.request.header("last-event-id") == event_id(job)) co_return empty_response(204);
  if (*watchers >= most_watchers)
    throw Refusal(Trouble::busy, "too many are watching; ask for the episode now and then");
  Response response;
  response.with("Content-Type", "text/event-stream").with("Cache-Control", "no-store");
  const auto id = job.id;
  response.body =
      StreamBody([id, tools, watchers](Transport& transport) { return stream(transport, id, tools, watchers); });
  co_return response;
}

}  // namespace

void add_events_route(Routes& routes, const Tools& tools) {
  auto watchers = std::make_shared<std::size_t>(0);
  routes.push_back({"GET", "/v1/episodes/{id}/events",
                    [tools, watchers](Exchange& exchange) { return get_events(exchange, tools, watchers); }});
}

}  // namespace chasqui::server
