#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace chasqui::jobs {

struct PostgresSettings {
  std::string url;                      ///< postgresql://user@host:port/name?sslmode=verify-full and what libpq knows
  std::filesystem::path password_file;  ///< empty: libpq's own ways; read anew for every connection
  std::size_t connections = 8;
  std::chrono::seconds connect_time{3};
  std::chrono::seconds statement_time{10};  ///< also for a lock, and for a connection to become free
};

}  // namespace chasqui::jobs
