// Steps of the tables in PostgreSQL; on a real server.
#include "contract/postgres_backend.hpp"
#include "jobs/sql_repository.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>
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
