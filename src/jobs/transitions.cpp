#include "jobs/transitions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chasqui::jobs {
namespace {

using core::Millis;
using core::Time;

std::unexpected<Error> conflict(const Job& job, std::string_view wanted) {
  return std::unexpected(
      Error{Errc::conflict, fmt::format("{}: is {}, cannot be {}", job.id, name(job.state), wanted)});
}

bool holds(const Job& job, std::int64_t token) {
  return job.state == State::running && job.token == token;
}

std::unexpected<Error> not_held(const Job& job) {
  return std::unexpected(Error{Errc::conflict, fmt::format("{}: is no longer this worker's", job.id)});
}

Millis pause(std::int64_t doublings, Backoff backoff) {
  constexpr Millis longest = std::chrono::hours(1);
  return std::min(longest, backoff.first * (std::int64_t{1} << std::clamp<std::int64_t>(doublings, 0, 20)));
}

/// Nobody works on it any more; whoever did is fenced off.
void let_go(Job& job, State state, Time now) {
  job.state = state;
  job.worker.clear();
  job.lease_until = {};
  ++job.token;
  job.updated = now;
}

void queue(Job& job, Time not_before, Time now) {
  let_go(job, State::queued, now);
  job.not_before = not_before;
  job.progress = 0;
}

}  // namespace

Result<Job> claim(Job job, std::string worker, Time now, Millis lease) {
  if (job.state != State::queued || job.not_before > now) return conflict(job, "taken up");
  job.state = State::running;
  job.worker = std::move(worker);
  job.lease_until = now + lease;
  job.started = job.updated = now;
  job.progress = 0;
  job.error_code.clear();
  job.error_message.clear();
  ++job.token;
  ++job.attempts;
  return job;
}

Result<Job> heartbeat(Job job, std::int64_t token, double progress, Time now, Millis lease) {
  if (!holds(job, token)) return not_held(job);
  job.progress = std::clamp(progress, job.progress, 1.0);
  job.lease_until = now + lease;
  job.updated = now;
  return job;
}

Result<Job> finish(Job job, std::int64_t token, const Outcome& outcome, Time now) {
  if (!holds(job, token)) return not_held(job);
  let_go(job, State::done, now);
  job.progress = 1;
  job.output = outcome.output;
  job.report = outcome.report;
  job.output_bytes = outcome.output_bytes;
  job.seconds = outcome.seconds;
  job.quality = outcome.quality;
  return job;
}

Result<Job> fail(Job job, std::int64_t token, std::string code, std::string message, bool again, Backoff backoff,
                 Time now) {
  if (!holds(job, token)) return not_held(job);
  if (again && job.attempts < job.attempts_allowed)
    queue(job, now + pause(job.attempts - 1, backoff), now);
  else
    let_go(job, State::failed, now);
  job.error_code = std::move(code);
  job.error_message = std::move(message);
  return job;
}

Result<Job> release(Job job, std::int64_t token, Time now) {
  if (!holds(job, token)) return not_held(job);
  --job.attempts;
  queue(job, now, now);
  return job;
}

Result<Job> lapse(Job job, bool known_dead, Backoff backoff, Time now) {
  constexpr std::int64_t at_once = 3;
  constexpr std::int64_t most = 12;
  if (job.state != State::running || (job.lease_until > now && !known_dead)) return conflict(job, "taken back");
  --job.attempts;
  if (++job.lapses >= most)
    let_go(job, State::failed, now);
  else
    queue(job, job.lapses < at_once ? now : now + pause(job.lapses - at_once, backoff), now);
  job.error_code = "worker_lost";
  job.error_message = "its worker ended without a word";
  return job;
}

Result<Job> cancel(Job job, Time now) {
  if (job.ended()) return conflict(job, "cancelled");
  let_go(job, State::cancelled, now);
  return job;
}

Result<Job> retry(Job job, Time now) {
  if (job.state != State::failed && job.state != State::cancelled) return conflict(job, "tried again");
  if (job.input.empty() && job.source_url.empty())
    return std::unexpected(
        Error{Errc::conflict, fmt::format("{}: its recording is no longer kept; submit it again", job.id)});
  job.attempts = job.lapses = 0;
  job.error_code.clear();
  job.error_message.clear();
  queue(job, now, now);
  return job;
}

Result<Job> redo(Job job, Time now) {
  if (job.state != State::done) return conflict(job, "made anew");
  if (job.input.empty())
    return std::unexpected(Error{Errc::conflict, fmt::format("{}: its recording is no longer kept", job.id)});
  job.attempts = job.lapses = 0;
  job.output.clear();
  job.report.clear();
  job.output_bytes = 0;
  queue(job, now, now);
  return job;
}

Result<Job> fetched(Job job, std::int64_t token, std::string input, std::uint64_t bytes, std::string file_name,
                    Time now) {
  if (!holds(job, token)) return not_held(job);
  job.work_key = work_key(input, job.options);
  job.input = std::move(input);
  job.input_bytes = bytes;
  if (job.file_name.empty()) job.file_name = std::move(file_name);
  job.updated = now;
  return job;
}

}  // namespace chasqui::jobs
