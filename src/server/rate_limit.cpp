#include "server/rate_limit.hpp"

#include <algorithm>

namespace chasqui::server {

bool RateLimit::take(const std::string& name, std::chrono::steady_clock::time_point now) {
  if (buckets_.size() >= sweep_at_) forget_full(now);
  auto& bucket = buckets_.try_emplace(name, burst_, now).first->second;
  const std::chrono::duration<double> passed = now - bucket.at;
  bucket.left = std::min(burst_, bucket.left + passed.count() * per_second_);
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

void RateLimit::forget_full(std::chrono::steady_clock::time_point now) {
  std::erase_if(buckets_, [&](const auto& entry) {
    const std::chrono::duration<double> passed = now - entry.second.at;
    return entry.second.left + passed.count() * per_second_ >= burst_;
  });
  sweep_at_ = std::max<std::size_t>(1024, buckets_.size() * 2);
}

}  // namespace chasqui::server
