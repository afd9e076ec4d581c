#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace chasqui::core {

/// A fixed number of threads for work that computes. The queue is unbounded: callers bound what they have under way
/// (see OrderedTasks). The destructor finishes what was submitted.
class ThreadPool {
 public:
  explicit ThreadPool(unsigned threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  [[nodiscard]] unsigned size() const noexcept { return static_cast<unsigned>(threads_.size()); }

  /// The result, or the exception, of `work` comes through the future. What `work` holds is released when it has run,
  /// not only with the future.
  template <typename Work>
  auto submit(Work work) -> std::future<std::invoke_result_t<Work>> {
    auto task = std::make_shared<std::packaged_task<std::invoke_result_t<Work>()>>(
        [held = std::optional<Work>(std::move(work))]() mutable {
          auto now = std::exchange(held, std::nullopt);
          return (*now)();
        });
    auto future = task->get_future();
    enqueue([task] { (*task)(); });
    return future;
  }

 private:
  void enqueue(std::function<void()> work);
  void run();

  std::mutex mutex_;  // guards queue_, stopping_
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

/// Tasks that run in parallel and whose results are taken in the order of submission, with at most `bound` under way:
/// memory stays bounded and the outcome does not depend on the number of threads. For one thread to use. The destructor
/// waits for what is under way, so that tasks may refer to what outlives this object.
template <typename T>
class OrderedTasks {
 public:
  OrderedTasks(ThreadPool& pool, std::size_t bound) : pool_(pool), bound_(bound) {}
  ~OrderedTasks() {
    for (auto& task : tasks_) task.wait();
  }
  OrderedTasks(const OrderedTasks&) = delete;
  OrderedTasks& operator=(const OrderedTasks&) = delete;

  [[nodiscard]] bool full() const noexcept { return tasks_.size() >= bound_; }
  [[nodiscard]] bool empty() const noexcept { return tasks_.empty(); }
  /// Whether `take` would not wait.
  [[nodiscard]] bool ready() const {
    return !empty() && tasks_.front().wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  template <typename Work>
  void submit(Work work) {
    tasks_.push_back(pool_.submit(std::move(work)));
  }

  /// Takes its place among the others, whoever began it.
  void adopt(std::future<T> task) { tasks_.push_back(std::move(task)); }

  /// The oldest result; waits for it; rethrows what its task threw. Precondition: not empty.
  T take() {
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    return task.get();
  }

 private:
  ThreadPool& pool_;
  std::size_t bound_;
  std::deque<std::future<T>> tasks_;
};

}  // namespace chasqui::core
