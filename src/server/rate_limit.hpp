#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_map>

namespace chasqui::server {

/// Token buckets by name: `burst` at once, refilled evenly over `period`. Memory is bounded: buckets that are full
/// again are forgotten. For one thread.
class RateLimit {
 public:
  RateLimit(double burst, std::chrono::duration<double> period) : burst_(burst), per_second_(burst / period.count()) {}

  /// Whether one more is allowed now.
  bool take(const std::string& name, std::chrono::steady_clock::time_point now);

 private:
  struct Bucket {
    double left;
    std::chrono::steady_clock::time_point at;
  };
  void forget_full(std::chrono::steady_clock::time_point now);

  double burst_, per_second_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace chasqui::server
