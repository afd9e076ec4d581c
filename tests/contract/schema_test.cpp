// Steps of the tables in PostgreSQL; on a real server.
#include "contract/real_servers.hpp"
#include "jobs/sql_repository.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <thread>

namespace chasqui::jobs {
namespace {

class Postgres : public testing::TestWithParam<int> {
 protected:
  test::PostgresSchema schema;

  std::string refusal() {
    PostgresDatabase database(schema.settings());
    try {
      SqlRepository(database).check();
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code(), Errc::conflict);
      return failure.what();
    }
    return "";
  }
  void run(const std::string& statement) {
    PostgresPool pool(schema.settings());
    pool.with([&](soci::session& sql) { sql << statement; });
  }
};

TEST_P(Postgres, TablesOfAnotherVersionAreRefusedWithTheWayOut) {
  EXPECT_THAT(refusal(), testing::HasSubstr("chasqui db migrate"));
  const int steps = migrate(schema.settings());
  EXPECT_GT(steps, 0);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(migrate(schema.settings()), 0);
  run("INSERT INTO schema_version (version, about) VALUES (1000, 'later')");
  EXPECT_THAT(refusal(), testing::HasSubstr("use the later chasqui"));
  EXPECT_THROW(migrate(schema.settings()), Failure);
}

TEST_P(Postgres, LaterTablesThatServeThisProgramAreWorkedOn) {
  migrate(schema.settings());
  run("INSERT INTO schema_version (version, about, serves) SELECT max(version) + 1, 'later', max(version) FROM "
      "schema_version");
  run("ALTER TABLE jobs ADD COLUMN later TEXT NOT NULL DEFAULT ''");
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(migrate(schema.settings()), 0) << "an earlier program undoes nothing";
  EXPECT_TRUE(schema_status(schema.settings()).usable);
  PostgresDatabase database(schema.settings());
  SqlRepository repository(database);
  Job job;
  job.id = "a";
  job.request = "r";
  Submission submission;
  submission.job = job;
  ASSERT_TRUE(repository.submit(submission));
  const auto changed = repository.apply("a", [](Job one) -> Result<Job> { return one; });
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->request, "r");
  run("INSERT INTO schema_version (version, about, serves) SELECT max(version) + 1, 'later still', max(version) FROM "
      "schema_version");
  EXPECT_THAT(refusal(), testing::HasSubstr("use the later chasqui"));
  EXPECT_FALSE(schema_status(schema.settings()).usable);
}

/// What an earlier program relies on: each column with its type, and that it need not name those that it does not know.
constexpr auto columns_sql =
    "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name <> 'schema_version'";
constexpr auto demanded_sql =
    "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name <> 'schema_version' AND is_nullable = 'NO'"
    " AND column_default IS NULL AND is_identity = 'NO'";

TEST_P(Postgres, StepsTakeNothingFromThePrecedingProgram) {
  const auto read = [&](const char* statement) {
    std::set<std::string> found;
    PostgresPool pool(schema.settings());
    pool.with([&](soci::session& sql) {
      const soci::rowset<std::string> rows = (sql.prepare << statement);
      found.insert(rows.begin(), rows.end());
    });
    return found;
  };
  constexpr int first_that_is_out = 3;
  const int last = schema_status(schema.settings()).wanted;
  ASSERT_GT(last, first_that_is_out);
  migrate(schema.settings(), first_that_is_out);
  for (int version = first_that_is_out + 1; version <= last; ++version) {
    const auto before = read(columns_sql);
    const auto demanded = read(demanded_sql);
    ASSERT_EQ(migrate(schema.settings(), version), 1);
    const auto after = read(columns_sql);
    EXPECT_TRUE(std::ranges::includes(after, before)) << "step " << version << " takes a column away or changes it";
    for (const auto& column : read(demanded_sql)) {
      const auto table = column.substr(0, column.find('.') + 1);
      const bool known_table = std::ranges::any_of(before, [&](const auto& one) { return one.starts_with(table); });
      EXPECT_TRUE(!known_table || demanded.contains(column))
          << "step " << version << ": without a default an earlier program cannot insert: " << column;
    }
  }
}

TEST_P(Postgres, TwoThatMigrateAtOnceDoItOnce) {
  std::array<int, 4> steps{};
  {
    std::vector<std::jthread> threads;
    for (auto& one : steps) threads.emplace_back([&] { one = migrate(schema.settings()); });
  }
  EXPECT_EQ(std::accumulate(steps.begin(), steps.end(), 0), schema_status(schema.settings()).wanted);
  EXPECT_EQ(refusal(), "");
}

// Without a server, as in the units; tests/cluster starts one.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Postgres);
INSTANTIATE_TEST_SUITE_P(Server, Postgres, testing::ValuesIn([] {
                           return test::postgres_url().empty() ? std::vector<int>{} : std::vector<int>{15};
                         }()));

}  // namespace
}  // namespace chasqui::jobs
