#pragma once

#include "jobs/job.hpp"

/// The one state machine: every change of a job is one of these, applied by a repository inside a transaction.
///
///   queued --claim--> running --finish--> done
///     ^                 |  \---fail-----> failed, or back to queued with a pause
///     |                 |----release----> queued
///     |                 \----lapse------> queued, or failed when it has lost too many workers
///     |--retry-- failed, cancelled        cancel: queued, running -> cancelled
///
/// Who works on a job proves it by the token that claim gave; a token that has passed is Errc::conflict.
namespace chasqui::jobs {

struct Backoff {
  core::Millis first{5000};  ///< doubles with every attempt, up to an hour
};

Result<Job> claim(Job job, std::string worker, core::Time now, core::Millis lease);
/// Prolongs the lease. `progress` never falls.
Result<Job> heartbeat(Job job, std::int64_t token, double progress, core::Time now, core::Millis lease);
Result<Job> finish(Job job, std::int64_t token, const Outcome& outcome, core::Time now);
/// `again`: another try may help.
Result<Job> fail(Job job, std::int64_t token, std::string code, std::string message, bool again, Backoff backoff,
                 core::Time now);
/// Given back unharmed; the attempt does not count.
Result<Job> release(Job job, std::int64_t token, core::Time now);
/// Its worker is gone: the lease has run out, or `known_dead`. The attempt does not count, but the loss does, so that a
/// recording that kills its workers is not tried for ever.
Result<Job> lapse(Job job, bool known_dead, Backoff backoff, core::Time now);
Result<Job> cancel(Job job, core::Time now);
Result<Job> retry(Job job, core::Time now);
/// A finished job whose result was lost or damaged: made anew.
Result<Job> redo(Job job, core::Time now);
/// The recording of a source_url has come.
Result<Job> fetched(Job job, std::int64_t token, std::string input, std::uint64_t bytes, std::string file_name,
                    core::Time now);

}  // namespace chasqui::jobs
