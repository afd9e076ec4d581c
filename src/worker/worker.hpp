#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/metrics.hpp"
#include "jobs/bell.hpp"
#include "jobs/queue.hpp"
#include "jobs/repository.hpp"
#include "jobs/transitions.hpp"
#include "store/blob_store.hpp"

#include <atomic>
#include <chasqui/compress.hpp>
#include <filesystem>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace chasqui::worker {

struct Settings {
  std::string name;    ///< of this process among others
  unsigned count = 1;  ///< jobs at once
  core::Millis lease{30'000};
  jobs::Backoff backoff;
  std::filesystem::path work;  ///< folder for results that are being made, on the filesystem of the blobs
  CompressOptions compress;    ///< threads, model, decoder: all that a job does not ask for itself
};

/// Gets a recording from elsewhere into the blobs; see feed/fetcher. Throws Failure.
struct Fetched {
  store::BlobFacts blob;
  std::string file_name;
};
using Fetch = std::function<Fetched(const std::string& url, const std::stop_token& stop)>;

struct Parts {
  jobs::Repository& repository;
  jobs::Queue& queue;
  store::BlobStore& blobs;
  jobs::Bell& bell;  ///< rung by whoever changes the queue; rung here when a job has ended
  core::Metrics& metrics;
  core::Log& log;
  core::Clock clock;
  Fetch fetch;                                         ///< empty: a job with a source_url fails
  std::function<void(unsigned running)> declare = {};  ///< told now and then how many run; may throw
  /// Of the model for the job that begins, in place of the one in the settings; empty: that one stays.
  std::function<std::filesystem::path()> model_folder = {};
};

/// Takes jobs from the queue and does them, at a lower priority than the rest of the process. One thread per job
/// at once, and one that keeps the leases and looks for jobs that were cancelled or whose worker is lost.
class Worker {
 public:
  Worker(Settings settings, Parts parts);
  /// As `stop`.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Takes nothing more and waits until what is under way has ended, but not longer than `longest`.
  void drain(core::Millis longest);
  /// Takes nothing more and gives back, unharmed, what is under way.
  void stop();

 private:
  struct Running {
    jobs::Job job;
    std::stop_source stop;
    std::atomic<double> progress{0};
    core::Time beaten;
  };

  void take_jobs(const std::stop_token& stop);
  void keep_leases(const std::stop_token& stop);
  void keep(Running& running);
  void bear_with_others(core::Time begun);
  void look_after_others();
  void recover_lapsed();
  Result<jobs::Job> insist(const std::string& id, const std::function<Result<jobs::Job>(jobs::Job)>& change);
  void stop_taking();
  void show_running();
  void run(const jobs::Job& job);
  jobs::Outcome work(Running& running);
  void hand_in(const jobs::Job& job, const jobs::Outcome& outcome, double elapsed_seconds);
  void give_up(const Running& running, const Failure& failure);

  Settings settings_;
  Parts parts_;
  std::mutex mutex_;  // guards running_
  std::list<Running> running_;
  std::chrono::steady_clock::time_point next_recovery_{}, next_declaration_{};  // of the lease keeper
  core::Time recover_from_{};        // of the lease keeper: no earlier may a lease count as lapsed
  std::atomic<bool> ending_{false};  // what is under way is given back, and nobody waits for the database any more
  std::vector<std::jthread> threads_;
};

}  // namespace chasqui::worker
