// What every jobs::KeyRepository must do.
#include "contract/real_servers.hpp"
#include "jobs/sql_keys.hpp"
#include "jobs/sqlite_database.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace chasqui::jobs {
namespace {

using namespace std::chrono_literals;

struct KeyBackend {
  virtual ~KeyBackend() = default;
  virtual KeyRepository& keys() = 0;
};

struct SqliteKeyBackend final : KeyBackend {
  test::TemporaryFolder folder;
  SqliteDatabase database{folder.path() / "chasqui.db"};
  SqlKeys repository{database};
  KeyRepository& keys() override { return repository; }
};

struct PostgresKeyBackend final : KeyBackend {
  PostgresKeyBackend() { migrate(schema.settings()); }
  test::PostgresSchema schema;
  PostgresDatabase database{schema.settings()};
  SqlKeys repository{database};
  KeyRepository& keys() override { return repository; }
};

using MakeKeyBackend = std::unique_ptr<KeyBackend> (*)();

class KeyContract : public testing::TestWithParam<MakeKeyBackend> {
 protected:
  std::unique_ptr<KeyBackend> backend = GetParam()();
  KeyRepository& keys = backend->keys();
  core::Time now = core::from_millis(1'800'000'000'000);
};

TEST_P(KeyContract, AKeyIsKnownByItsWholeText) {
  const auto made = make_key("profesora", {Scope::submit, Scope::read}, std::nullopt, now);
  keys.add(made.key);
  const auto found = authenticate(keys, made.text, now);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, made.key.id);
  EXPECT_EQ(found->label, "profesora");
  EXPECT_EQ(found->scopes, made.key.scopes);
  auto wrong = made.text;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (const auto& text : {wrong, made.text + "0", made.key.hash, std::string("chasqui_"), std::string()})
    EXPECT_FALSE(authenticate(keys, text, now)) << text;
  EXPECT_EQ(made.text.find(made.key.hash), std::string::npos);
}

TEST_P(KeyContract, KeysExpire) {
  const auto made = make_key("", {Scope::read}, now + 1h, now);
  keys.add(made.key);
  EXPECT_TRUE(authenticate(keys, made.text, now + 59min));
  EXPECT_FALSE(authenticate(keys, made.text, now + 1h));
}

TEST_P(KeyContract, KeysAreRevokedOnce) {
  const auto made = make_key("", {Scope::admin}, std::nullopt, now);
  keys.add(made.key);
  EXPECT_TRUE(keys.revoke(made.key.id, now));
  EXPECT_FALSE(keys.revoke(made.key.id, now));
  EXPECT_FALSE(keys.revoke("nobody", now));
  EXPECT_FALSE(authenticate(keys, made.text, now));
  ASSERT_EQ(keys.list().size(), 1U);
  EXPECT_EQ(keys.list().front().revoked, now);
}

INSTANTIATE_TEST_SUITE_P(Sqlite, KeyContract, testing::Values<MakeKeyBackend>([]() -> std::unique_ptr<KeyBackend> {
                           return std::make_unique<SqliteKeyBackend>();
                         }));
INSTANTIATE_TEST_SUITE_P(Postgres, KeyContract, testing::ValuesIn([] {
                           std::vector<MakeKeyBackend> backends;
                           if (!test::postgres_url().empty())
                             backends.push_back([]() -> std::unique_ptr<KeyBackend> {
                               return std::make_unique<PostgresKeyBackend>();
                             });
                           return backends;
                         }()));

}  // namespace
}  // namespace chasqui::jobs
