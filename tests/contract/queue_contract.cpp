// What every jobs::Queue must do, whatever carries its messages.
#include "contract/real_servers.hpp"
#include "core/random.hpp"
#include "jobs/database_queue.hpp"
#include "jobs/encode_options.hpp"
#include "jobs/postgres_dead_letters.hpp"
#include "jobs/rabbit_queue.hpp"
#include "jobs/rabbit_relay.hpp"
#include "jobs/sql_repository.hpp"
#include "jobs/sqlite_database.hpp"
#include "jobs/transitions.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <soci/soci.h>
#include <thread>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;

struct QueueBackend {
  virtual ~QueueBackend() = default;
  virtual Repository& repository() = 0;
  virtual Queue& queue() = 0;
  Bell bell;
  core::Log log{"warning"};
};

struct SqliteQueueBackend final : QueueBackend {
  test::TemporaryFolder folder;
  SqliteDatabase database{folder.path() / "chasqui.db"};
  SqlRepository jobs{database};
  DatabaseQueue offered{jobs, bell, core::system_clock()};
  Repository& repository() override { return jobs; }
  Queue& queue() override { return offered; }
};

struct PostgresQueueBackend : QueueBackend {
  PostgresQueueBackend() { migrate(schema.settings()); }
  test::PostgresSchema schema;
  PostgresDatabase database{schema.settings()};
  SqlRepository jobs{database};
  DatabaseQueue offered{jobs, bell, core::system_clock()};
  Repository& repository() override { return jobs; }
  Queue& queue() override { return offered; }
};

struct RabbitQueueBackend final : PostgresQueueBackend {
  static BrokerSettings settings() {
    BrokerSettings settings;
    settings.addresses = parse_amqp_addresses(test::broker_addresses());
    settings.prefix = "t" + core::random_hex(6);
    return settings;
  }
  BrokerSettings broker = settings();
  PostgresDeadLetters letters{database};
  RabbitRelay relay{broker, {database, letters, bell, database.clock(), log}};
  RabbitQueue messages{broker, jobs, database.clock(), log};
  Queue& queue() override { return messages; }
};

using MakeQueueBackend = std::unique_ptr<QueueBackend> (*)();

template <typename Made>
std::unique_ptr<QueueBackend> make() {
  return std::make_unique<Made>();
}

class QueueContract : public testing::TestWithParam<MakeQueueBackend> {
 protected:
  std::unique_ptr<QueueBackend> backend = GetParam()();
  Repository& repository = backend->repository();
  core::Clock clock = core::system_clock();
  std::stop_source ending;
  std::int64_t made = 0;

  Job submitted(const std::string& input, std::int64_t priority = 0) {
    Job job;
    job.created = job.updated = job.not_before = clock() - 1s + core::Millis(made++);
    job.id = core::new_id(job.created);
    job.input = input;
    job.priority = priority;
    job.options = canonical({});
    job.work_key = work_key(input, job.options);
    auto known = value_or_throw(repository.submit({job, "", 0})).job;
    backend->bell.ring();
    return known;
  }
  /// The next, within a time that only a fault exceeds.
  std::optional<Job> taken(std::chrono::seconds longest = 20s, core::Millis lease = 30s) {
    const auto until = std::chrono::steady_clock::now() + longest;
    while (std::chrono::steady_clock::now() < until)
      if (auto job = backend->queue().take("w", lease, ending.get_token())) return job;
    return std::nullopt;
  }
  void finished(const Job& job) {
    value_or_throw(repository.apply(
        job.id, [&](Job current) { return finish(std::move(current), job.token, {"o", "r", 1, 1, 0}, clock()); }));
  }
};

TEST_P(QueueContract, EveryJobIsTakenOnce) {
  std::vector<std::string> ids, seen;
  for (int i = 0; i < 30; ++i) ids.push_back(submitted(std::to_string(i)).id);
  std::mutex mutex;
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < 3; ++w)
      workers.emplace_back([&] {
        for (int i = 0; i < 10; ++i) {
          const auto job = taken();
          ASSERT_TRUE(job);
          const std::lock_guard lock(mutex);
          seen.push_back(job->id);
        }
      });
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(ids));
  EXPECT_FALSE(taken(1s));
}

TEST_P(QueueContract, WhatIsGivenBackIsOfferedAgain) {
  submitted("a");
  const auto first = taken();
  ASSERT_TRUE(first);
  ASSERT_TRUE(repository.apply(first->id, [&](Job job) { return release(std::move(job), first->token, clock()); }));
  backend->bell.ring();
  const auto second = taken();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->id, first->id);
  EXPECT_GT(second->token, first->token);
}

TEST_P(QueueContract, WhatFailedIsOfferedAfterItsPause) {
  submitted("a");
  const auto first = taken();
  ASSERT_TRUE(first);
  const auto failed = repository.apply(
      first->id, [&](Job job) { return fail(std::move(job), first->token, "busy", "", true, {1500ms}, clock()); });
  ASSERT_TRUE(failed);
  const auto second = taken();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->attempts, 2);
  EXPECT_GE(second->started, failed->not_before);
}

TEST_P(QueueContract, EqualWorkWaitsForItsEqual) {
  submitted("a");
  const auto first = taken();
  ASSERT_TRUE(first);
  Job twin = *first;
  twin.id = core::new_id(clock());
  twin.owner = "jose";
  twin.state = State::queued;
  ASSERT_TRUE(repository.submit({twin, "", 0}));
  backend->bell.ring();
  EXPECT_FALSE(taken(1s));
  finished(*first);
  backend->bell.ring();
  const auto second = taken();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->id, twin.id);
}

TEST_P(QueueContract, WhatWasCancelledIsNotOffered) {
  const auto job = submitted("a");
  ASSERT_TRUE(repository.apply(job.id, [&](Job current) { return cancel(std::move(current), clock()); }));
  EXPECT_FALSE(taken(1s));
}

/// Of the queue with a share for every priority.
class Rabbit : public QueueContract {
 protected:
  void submitted_many(int count, std::int64_t priority) {
    for (int i = 0; i < count; ++i) submitted(std::to_string(made), priority);
  }
  /// Priorities of the next, as they come.
  std::vector<std::int64_t> next(int count) {
    std::vector<std::int64_t> priorities;
    for (int i = 0; i < count; ++i) {
      const auto job = taken();
      if (!job) break;
      priorities.push_back(job->priority);
    }
    return priorities;
  }
  void until_the_broker_has_all() {
    auto& postgres = dynamic_cast<PostgresQueueBackend&>(*backend);
    long long left = 1;
    for (int i = 0; i < 2000 && left > 0; ++i) {
      postgres.database.read([&](soci::session& sql) { sql << "SELECT count(*) FROM outbox", soci::into(left); });
      if (left > 0) std::this_thread::sleep_for(10ms);
    }
    ASSERT_EQ(left, 0);
  }
};

TEST_P(Rabbit, PrioritiesHaveTheirShares) {
  for (const auto priority : {-1, 0, 1}) submitted_many(30, priority);
  until_the_broker_has_all();
  const auto seen = next(26);
  EXPECT_EQ(std::ranges::count(seen, 1), 16);
  EXPECT_EQ(std::ranges::count(seen, 0), 8);
  EXPECT_EQ(std::ranges::count(seen, -1), 2);
}

TEST_P(Rabbit, NoPriorityStarvesAnother) {
  submitted_many(80, -1);
  until_the_broker_has_all();
  EXPECT_EQ(next(40).size(), 40);
  submitted_many(40, 1);
  until_the_broker_has_all();
  const auto first = next(8);
  EXPECT_GE(std::ranges::count(first, 1), 7) << "a flood of low priority holds up high priority";
  EXPECT_GE(std::ranges::count(next(20), -1), 2) << "a flood of high priority starves low priority";
}

INSTANTIATE_TEST_SUITE_P(Sqlite, QueueContract, testing::Values<MakeQueueBackend>(make<SqliteQueueBackend>));
INSTANTIATE_TEST_SUITE_P(Postgres, QueueContract, testing::ValuesIn([] {
                           return test::postgres_url().empty()
                                      ? std::vector<MakeQueueBackend>{}
                                      : std::vector<MakeQueueBackend>{make<PostgresQueueBackend>};
                         }()));
INSTANTIATE_TEST_SUITE_P(Rabbit, QueueContract, testing::ValuesIn([] {
                           return test::broker_addresses().empty()
                                      ? std::vector<MakeQueueBackend>{}
                                      : std::vector<MakeQueueBackend>{make<RabbitQueueBackend>};
                         }()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Rabbit);
INSTANTIATE_TEST_SUITE_P(Server, Rabbit, testing::ValuesIn([] {
                           return test::broker_addresses().empty()
                                      ? std::vector<MakeQueueBackend>{}
                                      : std::vector<MakeQueueBackend>{make<RabbitQueueBackend>};
                         }()));

}  // namespace
}  // namespace chasqui::jobs
