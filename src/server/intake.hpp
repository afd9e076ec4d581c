#pragma once

#include "server/settings.hpp"
#include "server/task.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace chasqui::server {

/// Takes the bytes of one recording into the blobs, within the limits. Of the reactor's thread; what it writes goes
/// through Blocking.
class Intake {
 public:
  /// `most`: bytes.
  Intake(const Settings& settings, const Services& services, Blocking& blocking, std::uint64_t most);

  /// Throws Refusal (too_large, no_room) or Failure.
  Task<void> take(std::string_view bytes);
  /// The blob. Throws Refusal(bad_request) when nothing was taken.
  Task<store::BlobFacts> finish();
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

 private:
  Task<void> flush();

  const Settings& settings_;
  const Services& services_;
  Blocking& blocking_;
  std::uint64_t most_;
  std::unique_ptr<store::BlobWriter> writer_;
  std::string buffer_;
  std::uint64_t taken_ = 0;
};

/// Throws Refusal(no_room) when `bytes` more would leave too little room, or exceed the quota; `pending`: what was
/// written of the same recording and is not yet counted.
void check_room(const Settings& settings, const Services& services, std::uint64_t bytes, std::uint64_t pending = 0);

}  // namespace chasqui::server
