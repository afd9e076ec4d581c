#pragma once

#include "server/routes.hpp"

#include <optional>
#include <string>

namespace chasqui::server {

/// As UploadStore::lock, which looks at the disk.
Task<std::optional<store::UploadStore::Lock>> lock_upload(std::string id, const Tools& tools);

/// All bytes are there and no episode is made of them yet.
bool wants_finish(const store::Upload& upload) noexcept;

/// Makes an episode of an upload whose bytes are all there; done already, it only answers. Precondition: its lock is
/// held; `request`: id of the one that completed it. Answers the episode's id. Throws Refusal or Failure; it can then
/// be tried again.
Task<std::string> make_episode(store::Upload upload, std::string request, const Tools& tools);

/// For those that were complete when the process ended.
Task<void> make_left_over_episodes(Tools tools);

}  // namespace chasqui::server
