#include "core/thread_pool.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace chasqui::core {
namespace {

TEST(ThreadPool, ReleasesWhatWorkHeldBeforeItsResultIsTaken) {
  ThreadPool pool(2);
  auto sound = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = sound;
  auto result = pool.submit([sound = std::move(sound)] { return *sound; });
  result.wait();
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(result.get(), 1);
}

TEST(OrderedTasks, GivesResultsInOrderOfSubmissionWhateverTheThreads) {
  for (const unsigned threads : {1U, 2U, 7U}) {
    ThreadPool pool(threads);
    OrderedTasks<int> tasks(pool, 3);
    std::vector<int> results;
    for (int i = 0; i < 100; ++i) {
      if (tasks.full()) results.push_back(tasks.take());
      tasks.submit([i] { return i * i; });
    }
    while (!tasks.empty()) results.push_back(tasks.take());
    ASSERT_EQ(results.size(), 100U);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)], i * i);
  }
}

TEST(OrderedTasks, RethrowsWhatATaskThrew) {
  ThreadPool pool(2);
  OrderedTasks<int> tasks(pool, 2);
  tasks.submit([]() -> int { throw std::runtime_error("broken"); });
  EXPECT_THROW(tasks.take(), std::runtime_error);
}

}  // namespace
}  // namespace chasqui::core
