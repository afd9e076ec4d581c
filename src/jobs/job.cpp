#include "jobs/job.hpp"

#include "core/log.hpp"
#include "core/random.hpp"

#include <fmt/format.h>

#include <array>

namespace chasqui::jobs {
namespace {

constexpr std::array states{State::queued, State::running, State::done, State::failed, State::cancelled};

}  // namespace

const char* name(State state) noexcept {
  switch (state) {
    case State::queued:
      return "queued";
    case State::running:
      return "running";
    case State::done:
      return "done";
    case State::failed:
      return "failed";
    case State::cancelled:
      return "cancelled";
  }
  return "";
}

Result<State> state_named(std::string_view text) {
  for (const auto state : states) {
    if (text == name(state)) return state;
  }
  return std::unexpected(Error{
      Errc::usage,
      fmt::format("state: '{}' should be queued, running, done, failed or cancelled", core::printable(text, 60))});
}

std::string work_key(std::string_view input, std::string_view options) {
  return core::secret_hash(fmt::format("{} {}", input, options));
}

}  // namespace chasqui::jobs
