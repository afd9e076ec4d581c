#pragma once

#include "jobs/postgres_settings.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace soci {
class session;
}

namespace chasqui::jobs {

/// Connections to PostgreSQL, made when they are needed and thrown away when they break. For any thread. Every wait
/// ends: for a connection, for a lock, for an answer, and for an answer that a dead line will never bring.
class PostgresPool {
 public:
  /// Connects to nothing yet. Throws Failure(config) when the URL is none.
  explicit PostgresPool(PostgresSettings settings);
  ~PostgresPool();
  PostgresPool(const PostgresPool&) = delete;
  PostgresPool& operator=(const PostgresPool&) = delete;

  struct Line;
  /// Gives `use` a connection of its own. Throws Failure: unavailable when the server cannot be reached or the
  /// connection broke, busy when none is free; else whatever `use` throws.
  void with(const std::function<void(soci::session&)>& use);
  /// Called for every new connection before it is used; what it throws is thrown by `with`.
  void on_connect(std::function<void(soci::session&)> check) { check_ = std::move(check); }
  /// As error messages name it, without a password.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::unique_ptr<Line> take();
  std::unique_ptr<Line> connect();
  void give_back(std::unique_ptr<Line> line, bool keep = true);
  void cut_silent(const std::stop_token& stop);

  PostgresSettings settings_;
  std::string options_;  // of libpq, without the password
  std::string name_;
  std::function<void(soci::session&)> check_;
  std::mutex mutex_;  // guards free_, out_, busy_
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Line>> free_;
  std::size_t out_ = 0;
  std::list<Line*> busy_;
  std::jthread watch_;
};

}  // namespace chasqui::jobs
