#include "jobs/transitions.hpp"

#include <gtest/gtest.h>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;

class Transitions : public testing::Test {
 protected:
  core::Time now = core::from_millis(1'800'000'000'000);
  Backoff backoff{1000ms};

  static Job waiting() {
    Job job;
    job.id = "j";
    job.input = "in";
    return job;
  }
  Job running() { return value_or_throw(claim(waiting(), "w", now, 30s)); }
  Job in(State state) {
    switch (state) {
      case State::queued:
        return waiting();
      case State::running:
        return running();
      case State::done:
        return value_or_throw(finish(running(), 1, {}, now));
      case State::failed:
        return value_or_throw(fail(running(), 1, "c", "m", false, backoff, now));
      case State::cancelled:
        return value_or_throw(cancel(waiting(), now));
    }
    return {};
  }
};

TEST_F(Transitions, WhichStatesAllowWhat) {
  struct Row {
    State state;
    bool claims, finishes, cancels, retries, redoes;
  };
  for (const auto& row :
       {Row{State::queued, true, false, true, false, false}, Row{State::running, false, true, true, false, false},
        Row{State::done, false, false, false, false, true}, Row{State::failed, false, false, false, true, false},
        Row{State::cancelled, false, false, false, true, false}}) {
    const auto job = in(row.state);
    SCOPED_TRACE(name(row.state));
    EXPECT_EQ(job.state, row.state);
    EXPECT_EQ(claim(job, "w", now, 30s).has_value(), row.claims);
    EXPECT_EQ(finish(job, job.token, {}, now).has_value(), row.finishes);
    EXPECT_EQ(heartbeat(job, job.token, 0.5, now, 30s).has_value(), row.finishes);
    EXPECT_EQ(release(job, job.token, now).has_value(), row.finishes);
    EXPECT_EQ(fail(job, job.token, "", "", true, backoff, now).has_value(), row.finishes);
    EXPECT_EQ(fetched(job, job.token, "b", 1, "", now).has_value(), row.finishes);
    EXPECT_EQ(lapse(job, true, backoff, now).has_value(), row.finishes);
    EXPECT_EQ(cancel(job, now).has_value(), row.cancels);
    EXPECT_EQ(retry(job, now).has_value(), row.retries);
    EXPECT_EQ(redo(job, now).has_value(), row.redoes);
  }
}

TEST_F(Transitions, EveryChangeOfHandsFencesOffWhoHadIt) {
  const auto held = running();
  for (const auto& taken : {cancel(held, now), release(held, held.token, now), lapse(held, true, backoff, now),
                            fail(held, held.token, "", "", true, backoff, now), finish(held, held.token, {}, now)}) {
    ASSERT_TRUE(taken);
    EXPECT_EQ(finish(*taken, held.token, {}, now).error().code, Errc::conflict);
    EXPECT_GT(taken->token, held.token);
  }
  const auto again = value_or_throw(claim(value_or_throw(release(held, held.token, now)), "other", now, 30s));
  EXPECT_FALSE(finish(again, held.token, {}, now));
  EXPECT_TRUE(finish(again, again.token, {}, now));
}

TEST_F(Transitions, AFailedTryWaitsLongerEachTime) {
  auto job = waiting();
  for (const auto pause : {1000ms, 2000ms}) {
    job = value_or_throw(claim(job, "w", now, 30s));
    job = value_or_throw(fail(job, job.token, "unavailable", "why", true, backoff, now));
    EXPECT_EQ(job.state, State::queued);
    EXPECT_EQ(job.not_before, now + pause);
    EXPECT_FALSE(claim(job, "w", now, 30s)) << "too early";
    now = job.not_before;
  }
  job = value_or_throw(claim(job, "w", now, 30s));
  job = value_or_throw(fail(job, job.token, "unavailable", "why", true, backoff, now));
  EXPECT_EQ(job.state, State::failed) << "three attempts were allowed";
  EXPECT_EQ(job.error_message, "why");
  EXPECT_EQ(value_or_throw(retry(job, now)).attempts, 0);
}

TEST_F(Transitions, WhatCannotHelpIsNotTriedAgain) {
  const auto job = running();
  EXPECT_EQ(value_or_throw(fail(job, job.token, "input_empty", "", false, backoff, now)).state, State::failed);
}

TEST_F(Transitions, AReleasedAttemptDoesNotCount) {
  const auto job = running();
  EXPECT_EQ(job.attempts, 1);
  const auto back = value_or_throw(release(job, job.token, now));
  EXPECT_EQ(back.attempts, 0);
  EXPECT_EQ(back.not_before, now);
}

TEST_F(Transitions, ALeaseLapsesWhenItsTimeHasPassed) {
  const auto job = running();
  EXPECT_FALSE(lapse(job, false, backoff, now + 29s));
  EXPECT_TRUE(lapse(job, false, backoff, now + 30s));
  EXPECT_TRUE(lapse(job, true, backoff, now)) << "its worker is known to be dead";
  EXPECT_FALSE(lapse(value_or_throw(heartbeat(job, job.token, 0, now + 20s, 30s)), false, backoff, now + 49s));
}

TEST_F(Transitions, WhatKillsItsWorkersFailsInTheEnd) {
  auto job = waiting();
  int lost = 0;
  while (job.state == State::queued) {
    now = std::max(now, job.not_before);
    job = value_or_throw(claim(job, "w", now, 30s));
    job = value_or_throw(lapse(job, true, backoff, now));
    ++lost;
  }
  EXPECT_EQ(job.state, State::failed);
  EXPECT_EQ(job.error_code, "worker_lost");
  EXPECT_EQ(lost, 12);
}

TEST_F(Transitions, ProgressNeverFalls) {
  auto job = value_or_throw(heartbeat(running(), 1, 0.5, now, 30s));
  EXPECT_EQ(value_or_throw(heartbeat(job, 1, 0.3, now, 30s)).progress, 0.5);
  EXPECT_EQ(value_or_throw(heartbeat(job, 1, 7, now, 30s)).progress, 1);
}

TEST_F(Transitions, WithoutItsRecordingNothingIsMadeAgain) {
  auto job = in(State::failed);
  job.input.clear();
  EXPECT_FALSE(retry(job, now));
  job.source_url = "http://example.org/";
  EXPECT_TRUE(retry(job, now)) << "it can be fetched again";
  auto done = in(State::done);
  done.input.clear();
  EXPECT_FALSE(redo(done, now));
}

}  // namespace
}  // namespace chasqui::jobs
