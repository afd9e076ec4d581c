#pragma once

#include "core/random.hpp"
#include "jobs/postgres_database.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <soci/soci.h>
#include <string>

namespace chasqui::test {

/// The server that tests/cluster/with_servers.py started; empty: none, and then there is nothing to test on it.
inline std::string postgres_url() {
  const char* url = std::getenv("CHASQUI_TEST_POSTGRES");  // NOLINT(concurrency-mt-unsafe): nobody writes it
  return url == nullptr ? "" : url;
}

/// The same of a broker.
inline std::string broker_addresses() {
  const char* addresses = std::getenv("CHASQUI_TEST_BROKER");  // NOLINT(concurrency-mt-unsafe): nobody writes it
  return addresses == nullptr ? "" : addresses;
}

/// Fresh tables in a schema of one test's own.
class PostgresSchema {
 public:
  PostgresSchema() {
    jobs::PostgresSettings server;
    server.url = postgres_url();
    jobs::PostgresPool pool(server);
    const auto name = "t" + core::random_hex(6);
    pool.with([&](soci::session& sql) { sql << fmt::format("CREATE SCHEMA {}", name); });
    settings_.url = fmt::format("{}?options=-csearch_path%3D{}", postgres_url(), name);
  }
  [[nodiscard]] const jobs::PostgresSettings& settings() const noexcept { return settings_; }

 private:
  jobs::PostgresSettings settings_;
};

}  // namespace chasqui::test
