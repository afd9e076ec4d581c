#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"

#include <chasqui/error.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace chasqui::jobs {

enum class State : std::uint8_t { queued, running, done, failed, cancelled };
const char* name(State state) noexcept;
Result<State> state_named(std::string_view text);

/// One recording on its way to one file. An episode is the job that its submission made; a further format of it is a
/// job of its own, whose `parent` is the episode.
struct Job {
  std::string id;
  std::string parent;  ///< empty for an episode
  std::string owner;   ///< id of the key that submitted it; empty where none was asked for
  core::Time created, updated;

  State state = State::queued;
  std::int64_t priority = 0;  ///< higher first
  core::Time not_before;      ///< queued: earliest time of the next try
  std::int64_t attempts = 0;
  std::int64_t attempts_allowed = 3;
  std::int64_t lapses = 0;  ///< how often its worker was lost
  std::int64_t token = 0;   ///< fencing: grows with every change of who may work on it
  std::string worker;
  core::Time lease_until;
  core::Time started;
  double progress = 0;  ///< 0..1

  std::string request;  ///< id of the HTTP request that submitted it
  std::string title, file_name, source_url;
  std::string input;  ///< blob; empty until a source_url is fetched, and after the recording was let go
  std::uint64_t input_bytes = 0;
  std::string options;   ///< canonical, see EncodeOptions
  std::string work_key;  ///< equal for equal input and options: they give the same bytes

  std::string output, report;  ///< blobs
  std::uint64_t output_bytes = 0;
  double seconds = 0;  ///< of sound
  double quality = 0;  ///< MOS that was asked for, or that the budget allowed; 0: neither
  std::string error_code, error_message;

  [[nodiscard]] bool ended() const noexcept { return state != State::queued && state != State::running; }
  /// For log lines about it.
  [[nodiscard]] core::LogTags tags() const { return {request, id, parent.empty() ? id : parent}; }
};

/// What a worker hands in.
struct Outcome {
  std::string output, report;
  std::uint64_t output_bytes = 0;
  double seconds = 0;
  double quality = 0;
};

/// Names the work: equal for equal input and options.
std::string work_key(std::string_view input, std::string_view options);

}  // namespace chasqui::jobs
