#pragma once

#include <chasqui/error.hpp>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace chasqui::worker {

constexpr auto storage_pause = std::chrono::seconds(2);

/// The value of `action()`, which is tried again as long as it throws Failure(busy): work that is done need not be done
/// again because the storage was away for a while. Throws Failure(cancelled) when a stop is requested meanwhile.
template <typename Action>
auto patiently(const std::stop_token& stop, Action&& action) {
  for (;;) {
    try {
      return action();
    } catch (const Failure& failure) {
      if (failure.code() != Errc::busy) throw;
    }
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, storage_pause, [] { return false; });
    if (stop.stop_requested()) throw Failure(Errc::cancelled, "stopped on request");
  }
}

}  // namespace chasqui::worker
