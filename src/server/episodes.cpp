#include "server/episodes.hpp"

#include "core/random.hpp"
#include "jobs/transitions.hpp"
#include "server/episode_json.hpp"
#include "server/json_text.hpp"
#include "server/problem.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace chasqui::server {

Task<void> pause(std::chrono::milliseconds span) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, span);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Task<std::optional<jobs::Job>> find_job(std::string id, const Tools& tools) {
  if (!core::is_id(id)) co_return std::nullopt;
  auto& repository = tools.services.repository;
  auto work = [&repository, id] { return repository.find(id); };
  auto job = co_await tools.blocking.run(std::move(work));
  co_return job;
}

Task<jobs::Job> find_episode(std::string id, const Tools& tools) {
  auto job = co_await find_job(std::move(id), tools);
  if (!job || !job->parent.empty()) throw Refusal(Trouble::not_found, "no such episode");
  co_return *std::move(job);
}

Task<jobs::Job> wait_for_end(std::string id, std::chrono::milliseconds longest, const Tools& tools) {
  const auto end = std::chrono::steady_clock::now() + longest;
  std::chrono::milliseconds look(20);
  for (;;) {
    auto job = co_await find_job(id, tools);
    if (!job) throw Refusal(Trouble::not_found, "it was deleted meanwhile");
    if (job->ended() || tools.draining || std::chrono::steady_clock::now() >= end) co_return *std::move(job);
    co_await pause(look);
    look = std::min(look * 3 / 2, std::chrono::milliseconds(250));
  }
}

std::string cursor_from(const std::string& text) {
  if (!core::is_id(text)) throw Refusal(Trouble::bad_request, "cursor: should be the `next` of the page before");
  return text;
}

Response not_yet(const jobs::Job& job, const Tools& tools) {
  auto response = json_response(202, json_text(episode_json(job, tools.services.clock())));
  response.with("Retry-After", "5");
  return response;
}

Task<void> remove_episode(jobs::Job job, const Tools& tools) {
  auto& repository = tools.services.repository;
  auto& blobs = tools.services.blobs;
  auto work = [&repository, &blobs, job] {
    auto gone = repository.formats_of(job.id);
    gone.push_back(job);
    repository.remove(job.id);
    for (const auto& each : gone) {
      for (const auto& blob : {each.input, each.output, each.report}) {
        if (!blob.empty() && !repository.uses_blob(blob)) blobs.remove(blob);
      }
    }
  };
  co_await tools.blocking.run(std::move(work));
  // Whoever works on it notices.
  tools.services.bell.ring();
}

}  // namespace chasqui::server
