#pragma once

#include "jobs/dead_letters.hpp"

#include <fmt/format.h>

namespace chasqui::jobs {

/// Of a queue that is a query: it has no messages that could be lost.
class NoDeadLetters final : public DeadLetters {
 public:
  void add(const DeadLetter& /*letter*/) override {}
  std::vector<DeadLetter> list(std::size_t /*most*/) override { return {}; }
  Result<void> replay(std::int64_t id) override {
    return std::unexpected(Error{Errc::not_found, fmt::format("{}: no such dead letter", id)});
  }
  bool remove(std::int64_t /*id*/) override { return false; }
};

}  // namespace chasqui::jobs
