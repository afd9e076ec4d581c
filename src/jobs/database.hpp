#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace soci {
class session;
}

namespace chasqui::jobs {

/// A database behind SOCI, and the few words in which the SQL of one differs from another's. For any thread. What goes
/// wrong is thrown as Failure.
class Database {
 public:
  Database() = default;
  virtual ~Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// May be called a second time when the connection was found broken.
  virtual void read(const std::function<void(soci::session&)>& work) = 0;
  /// One transaction; rolled back when `work` throws.
  virtual void write(const std::function<void(soci::session&)>& work) = 0;

  /// Ends a SELECT whose rows nobody else may change before this transaction has ended.
  [[nodiscard]] virtual std::string_view for_update() const noexcept = 0;
  /// The same, passing over rows that somebody else holds.
  [[nodiscard]] virtual std::string_view for_update_of_free() const noexcept = 0;
  /// LIKE without regard to case.
  [[nodiscard]] virtual std::string_view like() const noexcept = 0;
  /// Until this transaction has ended, nobody else gets past the same `name`.
  virtual void hold(soci::session& sql, const std::string& name) = 0;
};

}  // namespace chasqui::jobs
