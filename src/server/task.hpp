#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chasqui/error.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace chasqui::server {

namespace asio = boost::asio;

/// A coroutine on the reactor's one thread. It never computes and never blocks: see Blocking.
template <typename T = void>
using Task = asio::awaitable<T>;

/// One more of something for as long as it lives. For the reactor's thread.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

/// Threads for what waits for database and disk, or hashes. When too much waits already, `run` throws Errc::busy.
class Blocking {
 public:
  Blocking(unsigned threads, std::size_t most_waiting) : pool_(threads), most_waiting_(most_waiting) {}
  ~Blocking() { pool_.join(); }
  Blocking(const Blocking&) = delete;
  Blocking& operator=(const Blocking&) = delete;

  /// The result, or the exception, of `work`, which runs elsewhere; the caller goes on where it was.
  /// `work` has a name of its own where it is called: g++ 12 destroys twice what a lambda within a co_await expression
  /// captures (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=99576).
  template <typename Work>
    requires(!std::is_lvalue_reference_v<Work>)
  Task<std::invoke_result_t<Work&>> run(Work&& work) {
    return run_owned(std::make_unique<Work>(std::forward<Work>(work)));
  }

 private:
  template <typename Work>
  Task<std::invoke_result_t<Work&>> run_owned(std::unique_ptr<Work> work) {
    if (waiting_ >= most_waiting_) throw Failure(Errc::busy, "too much is going on; try again in a moment");
    const Counted counted(waiting_);
    auto elsewhere = call(std::move(work));
    co_return co_await asio::co_spawn(pool_, std::move(elsewhere), asio::use_awaitable);
  }

  template <typename Work>
  static Task<std::invoke_result_t<Work&>> call(std::unique_ptr<Work> work) {
    co_return (*work)();
  }

  asio::thread_pool pool_;
  std::size_t most_waiting_;
  std::size_t waiting_ = 0;  // of the reactor's thread
};

}  // namespace chasqui::server
