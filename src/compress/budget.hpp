#pragma once

#include <cstdint>
#include <optional>

namespace chasqui::compress {

/// Looks for the highest quality whose file stays within a budget: asks for one quality after the other, each nearer,
/// from what the files before came out at.
class BudgetSearch {
 public:
  static constexpr double lowest_quality = 1.5;
  static constexpr double highest_quality = 4.2;

  explicit BudgetSearch(std::uint64_t budget_bytes) noexcept : budget_(budget_bytes) {}

  /// What to try next; nothing when the best found uses 97 % of the budget or more, or five were tried.
  [[nodiscard]] std::optional<double> next() const noexcept;
  /// A file of `quality` has `bytes`. Whether it is the best yet that fits.
  bool tried(double quality, std::uint64_t bytes) noexcept;

 private:
  struct Try {
    double quality = 0;
    std::uint64_t bytes = 0;
  };

  std::uint64_t budget_;
  std::optional<Try> fits_;     // the highest quality that fits
  std::optional<Try> too_big_;  // the lowest that does not
  int tries_ = 0;
};

}  // namespace chasqui::compress
