#pragma once

#include "core/clock.hpp"

#include <chasqui/error.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace chasqui::jobs {

/// A message that the queue gave up: it was offered too often, or made no sense.
struct DeadLetter {
  std::int64_t id = 0;
  core::Time received;
  std::string queue, reason;
  std::string body;  ///< the id of a job, unless it makes no sense
};

class DeadLetters {
 public:
  virtual ~DeadLetters() = default;
  virtual void add(const DeadLetter& letter) = 0;
  /// Newest first.
  virtual std::vector<DeadLetter> list(std::size_t most) = 0;
  /// Puts it in the queue again. not_found; conflict: it names no job that waits, so that there is nothing to do but
  /// to remove it.
  virtual Result<void> replay(std::int64_t id) = 0;
  /// Answers whether there was one.
  virtual bool remove(std::int64_t id) = 0;
};

}  // namespace chasqui::jobs
