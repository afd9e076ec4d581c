// What every jobs::Repository must do, whatever database is behind it. A backend is one more row at the end.
#include "contract/real_servers.hpp"
#include "core/random.hpp"
#include "jobs/encode_options.hpp"
#include "jobs/sql_repository.hpp"
#include "jobs/sqlite_database.hpp"
#include "jobs/transitions.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <memory>
#include <thread>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;
using core::Time;

/// A repository, and another one on the same data, as a second process would have.
struct RepositoryBackend {
  virtual ~RepositoryBackend() = default;
  virtual std::unique_ptr<Repository> open() = 0;
};

struct SqliteRepositoryBackend final : RepositoryBackend {
  test::TemporaryFolder folder;
  std::list<SqliteDatabase> databases;
  std::unique_ptr<Repository> open() override {
    return std::make_unique<SqlRepository>(databases.emplace_back(folder.path() / "chasqui.db"));
  }
};

struct PostgresRepositoryBackend final : RepositoryBackend {
  PostgresRepositoryBackend() { migrate(schema.settings()); }
  test::PostgresSchema schema;
  std::list<PostgresDatabase> databases;
  std::unique_ptr<Repository> open() override {
    return std::make_unique<SqlRepository>(databases.emplace_back(schema.settings()));
  }
};

using MakeRepositoryBackend = std::unique_ptr<RepositoryBackend> (*)();

class RepositoryContract : public testing::TestWithParam<MakeRepositoryBackend> {
 protected:
  std::unique_ptr<RepositoryBackend> backend = GetParam()();
  std::unique_ptr<Repository> repository = backend->open();
  Time now = core::from_millis(1'800'000'000'000);

  Job new_job(const std::string& input, const std::string& owner = "maria") {
    now += 1ms;
    Job job;
    job.id = core::new_id(now);
    job.owner = owner;
    job.created = job.updated = job.not_before = now;
    job.title = "Las plantas";
    job.input = input;
    job.input_bytes = 1000;
    job.options = canonical({});
    job.work_key = work_key(input, job.options);
    return job;
  }
  Job submitted(const std::string& input, const std::string& owner = "maria") {
    return value_or_throw(repository->submit({new_job(input, owner), "", 0})).job;
  }
  std::optional<Job> claimed(const std::string& worker = "w") { return repository->claim(worker, now, 30s); }
  Job finished(const Job& job) {
    return value_or_throw(repository->apply(job.id, [&](Job current) {
      return finish(std::move(current), job.token, {job.input + ".opus", job.input + ".json", 100, 60, 0}, now);
    }));
  }
};

TEST_P(RepositoryContract, WhatIsSubmittedIsFoundByAnotherProcess) {
  const auto job = submitted("a");
  const auto found = backend->open()->find(job.id);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->title, "Las plantas");
  EXPECT_EQ(found->state, State::queued);
  EXPECT_EQ(found->created, job.created);
  EXPECT_EQ(found->options, job.options);
  EXPECT_FALSE(repository->find(core::new_id(now)));
}

TEST_P(RepositoryContract, EqualWorkOfOneOwnerIsOneJob) {
  const auto first = submitted("a");
  const auto again = value_or_throw(repository->submit({new_job("a"), "", 0}));
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(again.job.id, first.id);
  EXPECT_NE(submitted("a", "jose").id, first.id);
  EXPECT_NE(submitted("b").id, first.id);
}

TEST_P(RepositoryContract, EqualWorkThatFailedIsSubmittedAnew) {
  const auto first = submitted("a");
  ASSERT_TRUE(repository->apply(first.id, [&](Job job) { return cancel(std::move(job), now); }));
  EXPECT_TRUE(value_or_throw(repository->submit({new_job("a"), "", 0})).is_new);
}

TEST_P(RepositoryContract, AnIdempotencyKeyStandsForOneSubmission) {
  const auto first = value_or_throw(repository->submit({new_job("a"), "k", 0}));
  ASSERT_TRUE(repository->apply(first.job.id, [&](Job job) { return cancel(std::move(job), now); }));
  const auto again = value_or_throw(repository->submit({new_job("a"), "k", 0}));
  EXPECT_EQ(again.job.id, first.job.id) << "even when it was cancelled meanwhile";
  const auto other = repository->submit({new_job("b"), "k", 0});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Errc::conflict);
  EXPECT_TRUE(value_or_throw(repository->submit({new_job("b", "jose"), "k", 0})).is_new);
  repository->forget_keys(now + 1ms);
  EXPECT_TRUE(value_or_throw(repository->submit({new_job("c"), "k", 0})).is_new);
}

TEST_P(RepositoryContract, TheQueueIsBounded) {
  submitted("a");
  const auto refused = repository->submit({new_job("b"), "", 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::busy);
  EXPECT_FALSE(value_or_throw(repository->submit({new_job("a"), "", 1})).is_new) << "what is known already is no load";
}

TEST_P(RepositoryContract, ClaimsByPriorityThenAge) {
  submitted("old");
  submitted("young");
  auto urgent = new_job("urgent");
  urgent.priority = 5;
  ASSERT_TRUE(repository->submit({urgent, "", 0}));
  std::vector<std::string> order;
  while (const auto job = claimed()) order.push_back(job->input);
  EXPECT_THAT(order, testing::ElementsAre("urgent", "old", "young"));
}

TEST_P(RepositoryContract, EqualWorkIsNotDoneTwiceAtOnce) {
  submitted("a");
  submitted("a", "jose");
  const auto first = claimed();
  ASSERT_TRUE(first);
  EXPECT_FALSE(claimed()) << "its equal is running";
  EXPECT_FALSE(repository->done_with(first->work_key));
  finished(*first);
  EXPECT_EQ(repository->done_with(first->work_key)->output, "a.opus");
  EXPECT_TRUE(claimed());
}

TEST_P(RepositoryContract, ClaimsTheOneThatAQueueElsewhereOffers) {
  const auto first = submitted("a");
  const auto twin = submitted("a", "jose");
  const auto taken = repository->claim_one(first.id, "w", now, 30s);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->token, repository->find(first.id)->token);
  EXPECT_EQ(repository->claim_one(first.id, "v", now, 30s).error().code, Errc::conflict) << "a message came twice";
  EXPECT_EQ(repository->claim_one(twin.id, "v", now, 30s).error().code, Errc::busy) << "its equal is running";
  EXPECT_EQ(repository->claim_one(core::new_id(now), "v", now, 30s).error().code, Errc::not_found);
  finished(*taken);
  EXPECT_TRUE(repository->claim_one(twin.id, "v", now, 30s));
  auto later = new_job("b");
  later.not_before = now + 5s;
  ASSERT_TRUE(repository->submit({later, "", 0}));
  EXPECT_EQ(repository->claim_one(later.id, "v", now, 30s).error().code, Errc::busy) << "its time has not come";
  EXPECT_TRUE(repository->claim_one(later.id, "v", now + 5s, 30s));
}

TEST_P(RepositoryContract, EqualSubmissionsAtOnceAreOneJob) {
  std::vector<std::string> ids(8);
  auto other = backend->open();
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < ids.size(); ++i) jobs.push_back(new_job("same"));
  {
    std::vector<std::jthread> clients;
    for (std::size_t i = 0; i < ids.size(); ++i)
      clients.emplace_back([&, i] {
        auto& from = i % 2 == 0 ? *repository : *other;
        ids[i] = value_or_throw(from.submit({jobs[i], i < 4 ? "k" : "", 0})).job.id;
      });
  }
  EXPECT_THAT(ids, testing::Each(ids.front()));
}

TEST_P(RepositoryContract, AJobHasOneWorkerHoweverManyAsk) {
  for (int i = 0; i < 20; ++i) submitted(std::to_string(i));
  auto other = backend->open();
  std::vector<std::string> taken[2];
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < 2; ++w)
      workers.emplace_back([&, w] {
        auto& from = w == 0 ? *repository : *other;
        while (const auto job = from.claim(std::to_string(w), now, 30s)) taken[w].push_back(job->id);
      });
  }
  std::vector<std::string> all(taken[0]);
  all.insert(all.end(), taken[1].begin(), taken[1].end());
  std::ranges::sort(all);
  EXPECT_EQ(all.size(), 20U);
  EXPECT_EQ(std::ranges::unique(all).size(), 0U);
}

TEST_P(RepositoryContract, AChangeThatIsRefusedChangesNothing) {
  const auto job = submitted("a");
  const auto refused = repository->apply(job.id, [&](Job current) { return finish(std::move(current), 7, {}, now); });
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_EQ(repository->find(job.id)->state, State::queued);
  EXPECT_EQ(repository->apply(core::new_id(now), [](Job current) -> Result<Job> { return current; }).error().code,
            Errc::not_found);
}

TEST_P(RepositoryContract, LeasesLapse) {
  submitted("a");
  const auto job = claimed();
  EXPECT_TRUE(repository->lapsed(now + 29s).empty());
  EXPECT_THAT(repository->lapsed(now + 30s), testing::ElementsAre(job->id));
  EXPECT_THAT(repository->lapsed(Time::max()), testing::ElementsAre(job->id));
}

TEST_P(RepositoryContract, ListsNewestFirstInPages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.insert(ids.begin(), submitted(std::to_string(i)).id);
  std::vector<std::string> seen;
  Filter filter;
  filter.limit = 2;
  for (auto page = repository->list(filter); !page.empty(); page = repository->list(filter)) {
    for (const auto& job : page) seen.push_back(job.id);
    filter.before = seen.back();
  }
  EXPECT_EQ(seen, ids);
}

TEST_P(RepositoryContract, ListsByStateOwnerAndText) {
  const auto done = finished((submitted("a"), *claimed()));
  const auto jose = submitted("b", "jose");
  auto named = new_job("c");
  named.title = "100 %_puro";
  ASSERT_TRUE(repository->submit({named, "", 0}));
  const auto ids = [&](const Filter& filter) {
    std::vector<std::string> found;
    for (const auto& job : repository->list(filter)) found.push_back(job.id);
    return found;
  };
  Filter by_state, by_owner, by_text;
  by_state.state = State::done;
  by_owner.owner = "jose";
  by_text.text = "0 %_P";
  EXPECT_THAT(ids(by_state), testing::ElementsAre(done.id));
  EXPECT_THAT(ids(by_owner), testing::ElementsAre(jose.id));
  EXPECT_THAT(ids(by_text), testing::ElementsAre(named.id));
  by_text.text = "0_%";
  EXPECT_TRUE(ids(by_text).empty()) << "a pattern's signs are taken as they are";
}

TEST_P(RepositoryContract, FormatsBelongToTheirEpisode) {
  const auto episode = submitted("a");
  auto webm = new_job("a");
  webm.parent = episode.id;
  ASSERT_TRUE(value_or_throw(repository->submit({webm, "", 0})).is_new);
  EXPECT_EQ(repository->formats_of(episode.id).size(), 1U);
  EXPECT_EQ(repository->list({}).size(), 1U) << "they are no episodes";
  EXPECT_TRUE(repository->remove(episode.id));
  EXPECT_FALSE(repository->find(webm.id));
  EXPECT_FALSE(repository->remove(episode.id));
}

TEST_P(RepositoryContract, KnowsWhichBlobsAreUsed) {
  const auto job = finished((submitted("a"), *claimed()));
  for (const auto* used : {"a", "a.opus", "a.json"}) EXPECT_TRUE(repository->uses_blob(used)) << used;
  EXPECT_FALSE(repository->uses_blob("b"));
  EXPECT_THAT(repository->with_input_before(now + 1ms), testing::ElementsAre(job.id));
  EXPECT_TRUE(repository->with_input_before(now).empty());
  repository->remove(job.id);
  EXPECT_FALSE(repository->uses_blob("a"));
}

TEST_P(RepositoryContract, Counts) {
  EXPECT_FALSE(repository->counts().oldest_queued);
  const auto first = submitted("a");
  submitted("b");
  EXPECT_EQ(repository->counts().oldest_queued, first.created);
  claimed();
  auto counts = repository->counts().by_state;
  EXPECT_EQ(counts[State::queued], 1);
  EXPECT_EQ(counts[State::running], 1);
  EXPECT_NO_THROW(repository->check());
}

INSTANTIATE_TEST_SUITE_P(Sqlite, RepositoryContract,
                         testing::Values<MakeRepositoryBackend>([]() -> std::unique_ptr<RepositoryBackend> {
                           return std::make_unique<SqliteRepositoryBackend>();
                         }));
INSTANTIATE_TEST_SUITE_P(Postgres, RepositoryContract, testing::ValuesIn([] {
                           std::vector<MakeRepositoryBackend> backends;
                           if (!test::postgres_url().empty())
                             backends.push_back([]() -> std::unique_ptr<RepositoryBackend> {
                               return std::make_unique<PostgresRepositoryBackend>();
                             });
                           return backends;
                         }()));

}  // namespace
}  // namespace chasqui::jobs
