#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace chasqui::jobs {

/// Whose turn it is among classes with weights: of those that have something each gets turns as its weight says, and
/// who has nothing for a while saves nothing up. Stride scheduling (Waldspurger and Weihl 1995,
/// https://www.waldspurger.org/carl/papers/phd-mit-tr667.pdf).
template <std::size_t Count>
class FairTurns {
 public:
  using Order = std::array<std::size_t, Count>;

  /// Precondition: weights are 1 to 10.
  explicit constexpr FairTurns(const std::array<int, Count>& weights) : weights_(weights) {}

  /// In which the classes are to be asked; of equals the first goes first.
  [[nodiscard]] Order order() const {
    Order order{};
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [this](std::size_t i) { return next_.at(i); });
    return order;
  }
  /// That `who` had something and those before it in `order` did not.
  void served(const Order& order, std::size_t who) {
    for (const auto i : order) {
      if (i == who) break;
      next_.at(i) = next_.at(who);
    }
    next_.at(who) += whole / static_cast<std::uint64_t>(weights_.at(who));
  }

 private:
  static constexpr std::uint64_t whole = 2520;  // every weight divides it
  std::array<int, Count> weights_;
  std::array<std::uint64_t, Count> next_{};  // in virtual time
};

}  // namespace chasqui::jobs
