#include "server/problem.hpp"
#include "server/routes.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace chasqui::server {
namespace {

/// The process answers.
Task<Response> healthz() {
  co_return json_response(200, R"({"status":"ok"})");
}

/// It can take something in: the database can be written, there is room, and it is not about to stop.
/// Whoever asks, asks every few seconds: the log hears of a reason once, and when it is over.
Task<Response> readyz(const Tools& tools, std::shared_ptr<std::string> said) {
  if (tools.leaving) throw Refusal(Trouble::busy, "about to stop");
  const auto& services = tools.services;
  const auto keep_free = tools.settings.keep_free_bytes;
  auto work = [&services] {
    services.check_ready();
    return services.free_bytes();
  };
  std::uint64_t free = 0;
  std::optional<Error> missing;
  try {
    free = co_await tools.blocking.run(std::move(work));
  } catch (const Failure& failure) {
    missing = failure.error();
  }
  const auto why = missing ? missing->message : "";
  if (std::exchange(*said, why) != why) {
    if (missing)
      services.log.warning(fmt::format("not ready: {}", why));
    else
      services.log.info("ready");
  }
  if (missing) co_return problem(*missing);
  if (free < keep_free) throw Refusal(Trouble::busy, "the disk is nearly full");
  co_return json_response(200, R"({"status":"ready"})");
}

/// Nothing while the database does not answer; of a worker, which leaves the counting to the servers, no counts.
std::optional<jobs::Counts> counts(const Settings& settings, const Services& services) {
  try {
    if (!settings.operations_only) return services.repository.counts();
    static_cast<void>(services.repository.find("none"));
    return jobs::Counts{};
  } catch (const Failure& failure) {
    services.log.debug(fmt::format("metrics: {}", failure.what()));
    return std::nullopt;
  }
}

/// They are shown in an outage, too: that is when somebody looks.
Task<Response> metrics(const Tools& tools) {
  const auto& services = tools.services;
  auto work = [&services, &settings = tools.settings] {
    services.measure();
    return counts(settings, services);
  };
  const auto found = co_await tools.blocking.run(std::move(work));
  auto& metrics = services.metrics;
  metrics.set("chasqui_database_up", {}, found ? 1 : 0);
  if (!found) {
    metrics.unset("chasqui_jobs");
    metrics.unset("chasqui_queue_age_seconds");
  } else if (!tools.settings.operations_only) {
    for (const auto& [state, count] : found->by_state)
      metrics.set("chasqui_jobs", {{"state", jobs::name(state)}}, static_cast<double>(count));
    const auto age = found->oldest_queued ? services.clock() - *found->oldest_queued : core::Millis(0);
    metrics.set("chasqui_queue_age_seconds", {}, std::chrono::duration<double>(age).count());
  }
  Response response;
  response.body = metrics.text();
  response.with("Content-Type", "text/plain; version=0.0.4; charset=utf-8").with("Cache-Control", "no-store");
  co_return response;
}

}  // namespace

void add_operation_routes(Routes& routes, const Tools& tools) {
  routes.push_back({"GET", "/healthz", [](Exchange&) { return healthz(); }});
  routes.push_back(
      {"GET", "/readyz", [tools, said = std::make_shared<std::string>()](Exchange&) { return readyz(tools, said); }});
  routes.push_back({"GET", "/metrics", [tools](Exchange&) { return metrics(tools); }});
}

}  // namespace chasqui::server
