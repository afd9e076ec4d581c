#pragma once

#include "jobs/job.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chasqui::jobs {

struct Submission {
  Job job;
  std::string idempotency_key;    ///< empty: none was given
  std::int64_t most_waiting = 0;  ///< refused as busy when so many are queued; 0: never
};

struct Submitted {
  Job job;
  bool is_new = false;  ///< false: the same was submitted before, this is it
};

struct Filter {
  std::optional<State> state;
  std::optional<std::string> owner;
  std::string text;    ///< in title or file name, without regard to case; empty: any
  std::string before;  ///< cursor: id of the last one seen; empty: from the newest
  std::size_t limit = 50;
};

struct Counts {
  std::map<State, std::int64_t> by_state;
  std::optional<core::Time> oldest_queued;  ///< when it was submitted
};

/// Jobs, durably; and, by `claim`, the queue of them. For any thread. All backends pass tests/contract.
/// A backend that cannot be reached or is damaged throws Failure (unavailable, busy, disk_full, storage_corrupt).
class Repository {
 public:
  virtual ~Repository() = default;

  /// One transaction: an equal Idempotency-Key of this owner, or an episode of this owner with equal work that has not
  /// failed or been cancelled, gives that one back. An Idempotency-Key used for other work is Errc::conflict.
  virtual Result<Submitted> submit(const Submission& submission) = 0;
  virtual std::optional<Job> find(const std::string& id) = 0;
  /// Episodes, newest first.
  virtual std::vector<Job> list(const Filter& filter) = 0;
  /// Jobs whose parent is `id`.
  virtual std::vector<Job> formats_of(const std::string& id) = 0;
  /// A finished job with this work, if its result was not let go.
  virtual std::optional<Job> done_with(const std::string& work_key) = 0;

  /// The best of those that wait, taken for `worker`; never one whose equal is running.
  virtual std::optional<Job> claim(const std::string& worker, core::Time now, core::Millis lease) = 0;
  /// This one, as a queue elsewhere offered it. busy: not yet, since its time has not come or its equal is running;
  /// conflict: it does not wait (any more); not_found.
  virtual Result<Job> claim_one(const std::string& id, const std::string& worker, core::Time now,
                                core::Millis lease) = 0;
  /// Reads, changes and writes in one transaction. Whatever `change` refuses stays as it was.
  virtual Result<Job> apply(const std::string& id, const std::function<Result<Job>(Job)>& change) = 0;
  /// Those running with a lease that ended before `now`.
  virtual std::vector<std::string> lapsed(core::Time now) = 0;
  /// With its formats. Answers whether there was one.
  virtual bool remove(const std::string& id) = 0;

  virtual Counts counts() = 0;
  /// Whether any job refers to this blob.
  virtual bool uses_blob(const std::string& blob) = 0;
  /// Done before `ended`, recording still kept.
  virtual std::vector<std::string> with_input_before(core::Time ended) = 0;
  /// Failed or cancelled before `ended`.
  virtual std::vector<std::string> failed_before(core::Time ended) = 0;
  /// Forgets Idempotency-Keys older than `before`.
  virtual void forget_keys(core::Time before) = 0;
  /// Writes something and takes it back; throws when that is not possible.
  virtual void check() = 0;
};

}  // namespace chasqui::jobs
