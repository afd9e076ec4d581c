#pragma once

#include "server/routes.hpp"

#include <chrono>
#include <string>

namespace chasqui::server {

/// Throws Refusal(not_found).
Task<jobs::Job> find_episode(std::string id, const Tools& tools);
/// Also a further format; nothing when there is none.
Task<std::optional<jobs::Job>> find_job(std::string id, const Tools& tools);

/// The job as soon as it has ended, else as it is after `longest`, or when the server is to stop.
Task<jobs::Job> wait_for_end(std::string id, std::chrono::milliseconds longest, const Tools& tools);

/// 202: it is being made, told as the job that does it.
Response not_yet(const jobs::Job& job, const Tools& tools);

/// With its formats and what nobody else refers to.
Task<void> remove_episode(jobs::Job job, const Tools& tools);

/// A pause on the reactor.
Task<void> pause(std::chrono::milliseconds span);

/// What `next` of a page of episodes says, as it comes back. Throws Refusal, when it is something else.
std::string cursor_from(const std::string& text);

}  // namespace chasqui::server
