#include "worker/worker.hpp"

#include "core/exit_code.hpp"
#include "store/blob_reader.hpp"
#include "worker/compression.hpp"
#include "worker/job_failure.hpp"
#include "worker/patience.hpp"
#include "worker/report_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sys/resource.h>
#include <unistd.h>

namespace chasqui::worker {
namespace {

using namespace std::chrono_literals;
using jobs::Job;

constexpr auto look = 250ms;  // how late a cancellation by another process is noticed
constexpr auto after_trouble = 1s;
constexpr auto declare_every = 5s;
constexpr auto insist_every = 500ms;
constexpr auto beat_every = 1s;  // progress for those who watch
constexpr auto recover_every = 2s;
constexpr int politeness = 10;  // of encoding threads towards the rest of the process

/// Threads that this one starts inherit it.
void be_polite() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), politeness);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Worker::Worker(Settings settings, Parts parts) : settings_(std::move(settings)), parts_(std::move(parts)) {
  if (settings_.count == 0) return;
  parts_.metrics.set("chasqui_worker_slots", {}, settings_.count);
  show_running();
  for (unsigned i = 0; i < settings_.count; ++i)
    threads_.emplace_back([this](const std::stop_token& stop) { take_jobs(stop); });
  threads_.emplace_back([this](const std::stop_token& stop) { keep_leases(stop); });
}

Worker::~Worker() {
  stop();
}

void Worker::stop_taking() {
  for (auto& thread : threads_) thread.request_stop();
}

void Worker::show_running() {
  const std::lock_guard lock(mutex_);
  parts_.metrics.set("chasqui_worker_running", {}, static_cast<double>(running_.size()));
}

void Worker::drain(core::Millis longest) {
  stop_taking();
  const auto until = std::chrono::steady_clock::now() + longest;
  const auto busy = [this] {
    const std::lock_guard lock(mutex_);
    return !running_.empty();
  };
  std::uint64_t rings = 0;
  while (busy() && std::chrono::steady_clock::now() < until) rings = parts_.bell.wait(rings, look, std::stop_token{});
}

void Worker::stop() {
  stop_taking();
  ending_ = true;
  {
    const std::lock_guard lock(mutex_);
    for (auto& running : running_) running.stop.request_stop();
  }
  threads_.clear();
}

void Worker::take_jobs(const std::stop_token& stop) {
  be_polite();
  std::string complaint;
  while (!stop.stop_requested()) {
    try {
      if (const auto job = parts_.queue.take(settings_.name, settings_.lease, stop)) run(*job);
      complaint.clear();
    } catch (const std::exception& failure) {
      if (std::exchange(complaint, failure.what()) != failure.what())
        parts_.log.error(fmt::format("worker: {}", failure.what()));
      parts_.bell.wait(parts_.bell.rings(), after_trouble, stop);
    }
  }
}

void Worker::keep_leases(const std::stop_token& stop) {
  std::uint64_t rings = 0;
  std::string complaint;
  // Until the last runner has ended, or a lease could run out under it.
  const auto busy = [this] {
    const std::lock_guard lock(mutex_);
    return !running_.empty();
  };
  while (!stop.stop_requested() || busy()) {
    try {
      const auto begun = parts_.clock();
      {
        const std::lock_guard lock(mutex_);
        for (auto& running : running_) keep(running);
      }
      bear_with_others(begun);
      look_after_others();
      complaint.clear();
    } catch (const std::exception& failure) {
      // Whoever could not prolong a lease while the database was away gets time to do so.
      recover_from_ = parts_.clock() + settings_.lease;
      if (std::exchange(complaint, failure.what()) != failure.what())
        parts_.log.error(fmt::format("worker: {}", failure.what()));
    }
    // Rung when a runner ends, so that a leaving worker need not ask the database all the time.
    rings = parts_.bell.wait(rings, look, stop.stop_requested() ? std::stop_token{} : stop);
  }
}

/// A database that has let us wait since `begun` lets others wait, too: they get time to prolong their leases.
void Worker::bear_with_others(core::Time begun) {
  const auto now = parts_.clock();
  if (now - begun > settings_.lease / 4) recover_from_ = now + settings_.lease;
}

void Worker::look_after_others() {
  const auto now = std::chrono::steady_clock::now();
  if (parts_.declare && now >= next_declaration_) {
    next_declaration_ = now + declare_every;
    std::size_t running = 0;
    {
      const std::lock_guard lock(mutex_);
      running = running_.size();
    }
    parts_.declare(static_cast<unsigned>(running));
  }
  if (now >= next_recovery_ && parts_.clock() >= recover_from_) {
    next_recovery_ = now + recover_every;
    recover_lapsed();
  }
}

void Worker::keep(Running& running) {
  const auto& job = running.job;
  const auto now = parts_.clock();
  bool held = false;
  if (now - running.beaten >= beat_every) {
    running.beaten = now;
    held = parts_.repository
               .apply(job.id,
                      [&](Job current) {
                        return jobs::heartbeat(std::move(current), job.token, running.progress, now, settings_.lease);
                      })
               .has_value();
  } else {
    const auto current = parts_.repository.find(job.id);
    held = current && current->state == jobs::State::running && current->token == job.token;
  }
  if (!held) running.stop.request_stop();
}

void Worker::recover_lapsed() {
  const auto now = parts_.clock();
  const auto lapsed = parts_.repository.lapsed(now);
  bear_with_others(now);
  if (now < recover_from_) return;
  for (const auto& id : lapsed) {
    const auto job = parts_.repository.apply(
        id, [&](Job current) { return jobs::lapse(std::move(current), false, settings_.backoff, now); });
    if (!job) continue;
    parts_.log.warning(fmt::format("its worker was lost; it is {} now", jobs::name(job->state)), job->tags());
    parts_.bell.ring();
  }
}

/// As Repository::apply, again and again while the database is out of reach: what was worked out is not thrown away.
/// Ends with a failure soon after `stop`; the lease then lapses.
Result<Job> Worker::insist(const std::string& id, const std::function<Result<Job>(Job)>& change) {
  for (;;) {
    try {
      return parts_.repository.apply(id, change);
    } catch (const Failure& failure) {
      if ((failure.code() != Errc::unavailable && failure.code() != Errc::busy) || ending_) throw;
    }
    std::this_thread::sleep_for(insist_every);
  }
}

void Worker::run(const Job& job) {
  std::list<Running>::iterator running;
  {
    const std::lock_guard lock(mutex_);
    running = running_.emplace(running_.end());
    running->job = job;
    running->beaten = parts_.clock();
  }
  show_running();
  // Whatever happens, it is running no more afterwards, and those who wait hear of it.
  struct Ending {
    Worker& worker;
    std::list<Running>::iterator running;
    ~Ending() {
      {
        const std::lock_guard lock(worker.mutex_);
        worker.running_.erase(running);
      }
      worker.show_running();
      worker.parts_.bell.ring();
    }
  } const ending{*this, running};
  parts_.bell.ring();
  parts_.log.info(fmt::format("begun by {}, attempt {}", settings_.name, job.attempts), job.tags());
  const auto start = std::chrono::steady_clock::now();
  try {
    const auto outcome = work(*running);
    hand_in(running->job, outcome, seconds_since(start));
  } catch (const Failure& failure) {
    give_up(*running, failure);
  } catch (const std::exception& failure) {
    give_up(*running, Failure(Errc::internal, failure.what()));
  }
}

jobs::Outcome Worker::work(Running& running) {
  auto& job = running.job;
  if (job.input.empty()) {
    if (!parts_.fetch) throw Failure(Errc::unavailable, "this worker fetches nothing");
    const auto stop = running.stop.get_token();
    const auto fetched = patiently(stop, [&] { return parts_.fetch(job.source_url, stop); });
    const auto now = parts_.clock();
    auto known = value_or_throw(insist(job.id, [&](Job current) {
      return jobs::fetched(std::move(current), job.token, fetched.blob.id, fetched.blob.bytes, fetched.file_name, now);
    }));
    const std::lock_guard lock(mutex_);
    job = std::move(known);
  }
  if (const auto twin = parts_.repository.done_with(job.work_key); twin && parts_.blobs.open(twin->output))
    return {twin->output, twin->report, twin->output_bytes, twin->seconds, twin->quality};
  auto options = settings_.compress;
  if (parts_.model_folder) options.model = parts_.model_folder();
  options.on_warning = [&](const std::string& warning) { parts_.log.warning(warning, job.tags()); };
  return compress(job, parts_.blobs, settings_.work, options, running.stop.get_token(),
                  [&](double fraction) { running.progress = fraction; });
}

void Worker::hand_in(const Job& job, const jobs::Outcome& outcome, double elapsed_seconds) {
  const auto now = parts_.clock();
  const auto done =
      insist(job.id, [&](Job current) { return jobs::finish(std::move(current), job.token, outcome, now); });
  auto& metrics = parts_.metrics;
  metrics.count("chasqui_jobs_ended_total", {{"outcome", done ? "done" : "fenced"}});
  if (!done) {
    parts_.log.warning(fmt::format("finished too late: {}", done.error().message), job.tags());
    return;
  }
  parts_.log.info(
      fmt::format("done in {:.1f} s, {} -> {} bytes", elapsed_seconds, job.input_bytes, outcome.output_bytes),
      job.tags());
  metrics.observe("chasqui_encode_seconds", {}, elapsed_seconds);
  metrics.count("chasqui_sound_seconds_total", {}, outcome.seconds);
  metrics.count("chasqui_input_bytes_total", {}, static_cast<double>(job.input_bytes));
  metrics.count("chasqui_output_bytes_total", {}, static_cast<double>(outcome.output_bytes));
  if (outcome.output_bytes > 0)
    metrics.observe("chasqui_saving_ratio", {},
                    static_cast<double>(job.input_bytes) / static_cast<double>(outcome.output_bytes));
  if (const auto report = parts_.blobs.open(outcome.report)) observe_report(metrics, store::read_text(**report));
}

void Worker::give_up(const Running& running, const Failure& failure) {
  const auto& job = running.job;
  const auto now = parts_.clock();
  const auto message = without(failure.what(), settings_.work.string());
  const auto ended = insist(job.id, [&](Job current) {
    if (failure.code() == Errc::cancelled) return jobs::release(std::move(current), job.token, now);
    return jobs::fail(std::move(current), job.token, core::name(failure.code()), message, may_pass(failure.code()),
                      settings_.backoff, now);
  });
  parts_.metrics.count("chasqui_jobs_ended_total", {{"outcome", !ended                              ? "fenced"
                                                                : failure.code() == Errc::cancelled ? "released"
                                                                                                    : "failed"}});
  parts_.log.info(fmt::format("{}; {}", message,
                              ended ? fmt::format("it is {} now", jobs::name(ended->state)) : ended.error().message),
                  job.tags());
}

}  // namespace chasqui::worker
