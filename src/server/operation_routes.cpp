#include "server/problem.hpp"
#include "server/routes.hpp"

namespace chasqui::server {
namespace {

/// The process answers.
Task<Response> healthz() {
  co_return json_response(200, R"({"status":"ok"})");
}

/// It can take something in: the database can be written, there is room, and it is not about to stop.
Task<Response> readyz(const Tools& tools) {
  if (tools.draining) throw Refusal(Trouble::busy, "about to stop");
  const auto& services = tools.services;
  const auto keep_free = tools.settings.keep_free_bytes;
  auto work = [&services] {
    services.check_ready();
    return services.free_bytes();
  };
  const auto free = co_await tools.blocking.run(std::move(work));
  if (free < keep_free) throw Refusal(Trouble::busy, "the disk is nearly full");
  co_return json_response(200, R"({"status":"ready"})");
}

Task<Response> metrics(const Tools& tools) {
  const auto& services = tools.services;
  auto work = [&services] { return services.repository.counts(); };
  auto counts = co_await tools.blocking.run(std::move(work));
  for (const auto& [state, count] : counts.by_state)
    services.metrics.set("chasqui_jobs", {{"state", jobs::name(state)}}, static_cast<double>(count));
  const auto age = counts.oldest_queued ? services.clock() - *counts.oldest_queued : core::Millis(0);
  services.metrics.set("chasqui_queue_age_seconds", {}, std::chrono::duration<double>(age).count());
  Response response;
  response.body = services.metrics.text();
  response.with("Content-Type", "text/plain; version=0.0.4; charset=utf-8").with("Cache-Control", "no-store");
  co_return response;
}

}  // namespace

void add_operation_routes(Routes& routes, const Tools& tools) {
  routes.push_back({"GET", "/healthz", [](Exchange&) { return healthz(); }});
  routes.push_back({"GET", "/readyz", [tools](Exchange&) { return readyz(tools); }});
  routes.push_back({"GET", "/metrics", [tools](Exchange&) { return metrics(tools); }});
}

}  // namespace chasqui::server
