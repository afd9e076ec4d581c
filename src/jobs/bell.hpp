#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace chasqui::jobs {

/// Rung when something in the queue has changed, so that nobody in this process waits for the next look. Only a hint:
/// who waits looks for himself.
class Bell {
 public:
  void ring();
  /// Grows with every ring.
  [[nodiscard]] std::uint64_t rings() const noexcept { return rings_; }
  /// Until it has rung more often than `seen`, `longest` has passed, or stop. Answers the new count.
  std::uint64_t wait(std::uint64_t seen, std::chrono::milliseconds longest, const std::stop_token& stop);

 private:
  std::mutex mutex_;
  std::condition_variable_any rung_;
  std::atomic<std::uint64_t> rings_{0};
};

}  // namespace chasqui::jobs
